import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { maxIncoming, maxReplying, TcpEndpoint } from "../../src/host/transport/tcp_endpoint.ts";
import { writePing } from "../../src/wire/pings.ts";

const host = "127.78.1.1";

interface Complaint {
  readonly peer: string;
  readonly reason: string;
}

/** An endpoint that answers everything with `reply`. */
function open(reply: Uint8Array = new Uint8Array(0), timeout = 60_000) {
  const complaints: Complaint[] = [];
  let requests = 0;
  const endpoint = new TcpEndpoint({ host, port: 0 }, {
    timeout,
    judge: () => {},
    respond: (_from, _request, answer) => {
      requests++;
      answer(reply);
      return undefined;
    },
    complain: (peer, reason) => complaints.push({ peer, reason }),
  });
  return {
    endpoint,
    complaints,
    get requests() {
      return requests;
    },
    connect: () => Deno.connect({ hostname: host, port: endpoint.port }),
  };
}

function ping(): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writePing(writer, { seq: 1, node: "", sourceIp: undefined, sourcePort: 0, sourceNode: "" });
  return writer.copy();
}

async function isEnded(connection: Deno.TcpConn): Promise<boolean> {
  try {
    return await connection.read(new Uint8Array(1)) === null;
  } catch {
    return true;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error("It never happened");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("TcpEndpoint closes the oldest silent stream when there are too many", async () => {
  const { endpoint, complaints, connect } = open(Uint8Array.of(1));
  const silent: Deno.TcpConn[] = [];
  try {
    for (let i = 0; i < maxIncoming; i++) silent.push(await connect());
    const late = await connect();
    await late.write(ping());
    const buffer = new Uint8Array(8);
    strictEqual(await late.read(buffer), 1);
    late.close();
    ok(await isEnded(silent[0]!));
    deepStrictEqual(complaints[0], { peer: "127.0.0.1", reason: "too-many-streams" });
  } finally {
    for (const connection of silent) connection.close();
    await endpoint.close();
  }
});

Deno.test("TcpEndpoint holds a bounded number of bytes for those who ask and do not read", async () => {
  const reply = new Uint8Array(maxReplying / 4);
  const { endpoint, complaints, connect } = open(reply);
  const asking: Deno.TcpConn[] = [];
  try {
    for (let i = 0; i < 8; i++) {
      const connection = await connect();
      asking.push(connection);
      await connection.write(ping());
    }
    await until(() => complaints.length >= 4);
    ok(complaints.every(({ reason }) => reason === "too-large"));
  } finally {
    for (const connection of asking) connection.close();
    await endpoint.close();
  }
});

Deno.test("TcpEndpoint sends a reply of any size while nobody else waits", async () => {
  const reply = new Uint8Array(maxReplying + 1);
  const { endpoint, connect } = open(reply);
  const connection = await connect();
  try {
    await connection.write(ping());
    let length = 0;
    const buffer = new Uint8Array(1 << 20);
    for (let count; (count = await connection.read(buffer)) !== null;) length += count;
    strictEqual(length, reply.length);
  } finally {
    connection.close();
    await endpoint.close();
  }
});

Deno.test("TcpEndpoint gives a request that trickles in no more time than any other", async () => {
  const world = open(Uint8Array.of(1), 300);
  const connection = await world.connect();
  const drops = setInterval(() => void connection.write(Uint8Array.of(0)).catch(() => {}), 20);
  try {
    // The head of a long message, and then a byte of it now and then.
    await connection.write(Uint8Array.of(9, 0x82, 0xa3, 0x42, 0x75, 0x66, 0xdb, 0, 1, 0, 0));
    ok(await isEnded(connection));
    await until(() => world.complaints.length > 0);
    deepStrictEqual(world.complaints, [{ peer: "127.0.0.1", reason: "stream" }]);
    strictEqual(world.requests, 0);
  } finally {
    clearInterval(drops);
    connection.close();
    await world.endpoint.close();
  }
});
