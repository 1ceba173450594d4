import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { DenoTransport } from "../../src/host/transport/deno_transport.ts";
import { silentLog, silentMeter } from "../../src/ports/silence.ts";
import type { Inbound } from "../../src/ports/transport.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { SimNetwork } from "../../src/sim/sim_network.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { Recorder, testTransport } from "./transport_contract.ts";

interface Complaint {
  readonly peer: string;
  readonly reason: string;
}

function open(host: string, inbound: Inbound, streamTimeout = 5000) {
  const complaints: Complaint[] = [];
  const transport = new DenoTransport({
    bind: { host, port: 0 },
    streamTimeout,
    log: silentLog,
    meter: silentMeter,
    complain: (peer, reason) => complaints.push({ peer, reason }),
  });
  transport.deliverTo(inbound);
  return { transport, complaints };
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error("It never happened");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

testTransport("DenoTransport", (atA, atB) => {
  const a = open("127.60.0.1", atA).transport;
  const b = open("127.60.0.2", atB).transport;
  return {
    a,
    b,
    addressOfA: a.address,
    addressOfB: b.address,
    nobody: { host: "127.60.0.3", port: 9 },
    until,
    async close() {
      await a.close();
      await b.close();
    },
  };
});

testTransport("SimNetwork", (atA, atB) => {
  const clock = new SimClock();
  const network = new SimNetwork(clock, new SimRandom(7));
  const addressOfA = { host: "10.0.0.1", port: 1 };
  const addressOfB = { host: "10.0.0.2", port: 1 };
  return {
    a: network.attach(addressOfA, () => atA),
    b: network.attach(addressOfB, () => atB),
    addressOfA,
    addressOfB,
    nobody: { host: "10.0.0.3", port: 1 },
    until(condition) {
      while (!condition()) if (!clock.step()) throw new Error("It never happened");
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
});

Deno.test("DenoTransport names the address that is in use", async () => {
  const { transport } = open("127.60.0.4", new Recorder());
  try {
    const { port } = transport.address;
    throws(
      () =>
        new DenoTransport({
          bind: transport.address,
          streamTimeout: 1,
          log: silentLog,
          meter: silentMeter,
          complain() {},
        }),
      {
        message: `failed to start TCP listener on "127.60.0.4" port ${port}: ` +
          `listen tcp 127.60.0.4:${port}: bind: address already in use`,
      },
    );
  } finally {
    await transport.close();
  }
});

Deno.test("DenoTransport complains about rubbish on a stream and goes on", async () => {
  const { transport, complaints } = open("127.60.0.5", new Recorder());
  try {
    const connection = await Deno.connect({
      hostname: transport.address.host,
      port: transport.address.port,
    });
    await connection.write(new Uint8Array([200, 1, 2]));
    strictEqual(await connection.read(new Uint8Array(1)), null);
    connection.close();
    await until(() => complaints.length > 0);
    deepStrictEqual(complaints, [{ peer: "127.0.0.1", reason: "unknown-type" }]);
  } finally {
    await transport.close();
  }
});

Deno.test("DenoTransport does not wait for ever for a silent peer", async () => {
  const { transport, complaints } = open("127.60.0.6", new Recorder(), 50);
  try {
    const connection = await Deno.connect({
      hostname: transport.address.host,
      port: transport.address.port,
    });
    strictEqual(await connection.read(new Uint8Array(1)), null);
    connection.close();
    await until(() => complaints.length > 0);
    deepStrictEqual(complaints, [{ peer: "127.0.0.1", reason: "stream" }]);
  } finally {
    await transport.close();
  }
});

Deno.test("DenoTransport keeps running when the core fails on a packet", async () => {
  const logged: string[] = [];
  let calls = 0;
  const transport = new DenoTransport({
    bind: { host: "127.60.0.7", port: 0 },
    streamTimeout: 1000,
    log: { ...silentLog, error: (message) => logged.push(message) },
    meter: silentMeter,
    complain() {},
  });
  transport.deliverTo({
    receivePacket() {
      if (++calls <= 3) throw new Error("a mistake");
    },
    judgeRequest: () => {},
    receiveRequest: (_from, _request, answer) => {
      answer(undefined);
      return () => {};
    },
  });
  try {
    transport.sendPacket(transport.address, new Uint8Array([1]));
    await until(() => logged.length === 1);
    for (let i = 2; i <= 4; i++) transport.sendPacket(transport.address, new Uint8Array([i]));
    await until(() => calls === 4);
    match(logged[0]!, /Internal error while handling a packet.*a mistake/s);
  } finally {
    await transport.close();
  }
});
