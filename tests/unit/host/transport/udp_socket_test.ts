import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  isRefusal,
  maxPendingSends,
  plainHost,
  UdpSocket,
} from "../../../../src/host/transport/udp_socket.ts";
import { type Address, formatAddress } from "../../../../src/ports/address.ts";
import { eventually } from "../../../../scripts/lab/waiting.ts";
import { RecordingLog, RecordingMeter } from "../../../support/recorders.ts";

/** A port that is free on `host` for now. */
function freePort(host: string): number {
  const probe = Deno.listen({ hostname: host, port: 0 });
  const { port } = probe.addr;
  probe.close();
  return port;
}

/** Whether this machine has IPv6 at all. */
function hasIpv6(): boolean {
  try {
    return freePort("::1") > 0;
  } catch {
    return false;
  }
}

function open(address: Address, receive = (_from: Address, _packet: Uint8Array) => {}) {
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const received: string[] = [];
  const socket = new UdpSocket(address, {
    log,
    meter,
    receive(from, packet) {
      received.push(`${formatAddress(from)} ${packet.toHex()}`);
      receive(from, packet);
    },
  });
  return { socket, log, meter, received };
}

Deno.test("UdpSocket carries packets both ways, each from the address that others answer to", async () => {
  const [a, b] = ["127.71.1.1", "127.71.1.2"].map((host) => ({ host, port: freePort(host) }));
  const one = open(a!, (from, packet) => one.socket.send(from, packet));
  const other = open(b!);
  try {
    await eventually("the echo arrives", () => {
      other.socket.send(a!, Uint8Array.of(1, 2));
      return other.received.length > 0;
    });
    strictEqual(one.received[0], `${formatAddress(b!)} 0102`);
    strictEqual(other.received[0], `${formatAddress(a!)} 0102`);
  } finally {
    await one.socket.close();
    await other.socket.close();
  }
});

Deno.test("UdpSocket.send() copies: the caller's buffer is free at once", async () => {
  const address = { host: "127.71.1.3", port: freePort("127.71.1.3") };
  const { socket, received } = open(address);
  try {
    const buffer = Uint8Array.of(7);
    await eventually("a packet arrives", () => {
      buffer[0] = 7;
      socket.send(address, buffer);
      buffer[0] = 8;
      return received.length > 0;
    });
    ok(received.every((text) => text.endsWith(" 07")));
  } finally {
    await socket.close();
  }
});

Deno.test("UdpSocket of both families names IPv4 peers plainly, and reaches them", {
  ignore: !hasIpv6(),
}, async () => {
  const port = freePort("::");
  const both = open({ host: "::", port });
  const peerAddress = { host: "127.71.1.4", port: freePort("127.71.1.4") };
  const peer = open(peerAddress);
  try {
    await eventually("both hear each other", () => {
      both.socket.send(peerAddress, Uint8Array.of(1));
      peer.socket.send({ host: "127.71.1.5", port }, Uint8Array.of(2));
      return both.received.length > 0 && peer.received.length > 0;
    });
    strictEqual(both.received[0], `${formatAddress(peerAddress)} 02`);
  } finally {
    await both.socket.close();
    await peer.socket.close();
  }
});

Deno.test("UdpSocket counts and logs what the platform refuses to send, and goes on", async () => {
  const address = { host: "127.71.1.6", port: freePort("127.71.1.6") };
  const { log, meter, received, socket } = open(address);
  try {
    socket.send({ host: "?00", port: 7946 }, Uint8Array.of(1));
    await eventually(
      "the failure is counted",
      () => meter.counters.get("memberlist.udp.sendFailed") === 1,
    );
    ok(log.has("debug Failed to send a packet to ?00:7946: "));
    await eventually("a good packet arrives", () => {
      socket.send(address, Uint8Array.of(1));
      return received.length > 0;
    });
  } finally {
    await socket.close();
  }
});

Deno.test("UdpSocket.send() drops what the kernel is too slow for, and counts it", async () => {
  const address = { host: "127.71.1.7", port: freePort("127.71.1.7") };
  const { meter, socket } = open(address);
  // Within one turn nothing can leave, so everything beyond the limit is too much.
  for (let i = 0; i < maxPendingSends + 50; i++) socket.send(address, Uint8Array.of(1));
  strictEqual(meter.counters.get("memberlist.udp.dropped"), 50);
  await socket.close();
});

Deno.test("UdpSocket.close() ends reading and sending, and is harmless twice", async () => {
  const address = { host: "127.71.1.8", port: freePort("127.71.1.8") };
  const { log, meter, socket } = open(address);
  await socket.close();
  await socket.close();
  socket.send(address, Uint8Array.of(1));
  deepStrictEqual([log.lines, meter.counters.size], [[], 0]);
  // The address is free again.
  await open(address).socket.close();
});

Deno.test("UdpSocket throws what the platform says if the address is taken", async () => {
  const address = { host: "127.71.1.9", port: freePort("127.71.1.9") };
  const { socket } = open(address);
  try {
    throws(() => open(address), Deno.errors.AddrInUse);
  } finally {
    await socket.close();
  }
});

Deno.test("plainHost() prints IPv4 peers of a socket for both families plainly", () => {
  strictEqual(plainHost("::ffff:127.0.0.1"), "127.0.0.1");
  for (const host of ["127.0.0.1", "::1", "::ffff:0:1", "fe80::ffff:1.2.3.4"]) {
    strictEqual(plainHost(host), host);
  }
});

Deno.test("isRefusal() knows what a platform says of packets that found nobody", () => {
  strictEqual(isRefusal(new Deno.errors.ConnectionReset("reset")), true);
  strictEqual(isRefusal(new Deno.errors.ConnectionRefused("refused")), true);
  strictEqual(isRefusal(new Deno.errors.NotConnected("?")), false);
  strictEqual(isRefusal(new Error("reset")), false);
});
