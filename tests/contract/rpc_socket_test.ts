/**
 * The RPC port and its client on real sockets: what memory cannot show, such as
 * half-closes, full buffers, addresses and the wording of the system's refusals.
 */

import assert from "node:assert/strict";
import { listenForClients } from "../../src/agent/clients/rpc_listener.ts";
import { RpcServer, strangerLimit } from "../../src/agent/clients/rpc_server.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { RpcClient } from "../../src/rpc/client.ts";
import * as commands from "../../src/rpc/commands.ts";
import { dial } from "../../src/rpc/dial.ts";
import { encodable, encodeMessage } from "../../src/rpc/frames.ts";
import { systemClock } from "../../src/rpc/system_clock.ts";
import { FakeAgent, makeMember } from "../support/fake_agent.ts";
import { RecordingLog, RecordingMeter } from "../support/recorders.ts";
import { decodeValue, splitValues } from "../support/rpc_recording.ts";

const host = "127.61.0.20";

/** A server on a socket, with an agent that only takes notes. */
async function serve(address = `${host}:0`, authKey?: string) {
  const agent = new FakeAgent();
  agent.memberList = [makeMember("n1")];
  const root = new RecordingLog();
  const meter = new RecordingMeter();
  const log = root.named("agent.ipc");
  const server = await RpcServer.listen({
    address,
    authKey,
    agent,
    log,
    meter,
    clock: systemClock,
  });
  return {
    agent,
    server,
    meter,
    address: server.address,
    lines: root.lines,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Asks again and again until something holds; a broken test ends after ten seconds. */
async function eventually(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function dialFails(address: string, message: string | RegExp): Promise<void> {
  await assert.rejects(dial(address, 5000), { name: "RpcError", kind: "dial", message }, address);
}

Deno.test("RpcServer serves clients over TCP, each on its own", async () => {
  await using served = await serve();
  assert.match(served.address, /^127\.61\.0\.20:\d+$/);
  using first = await RpcClient.connect({ address: served.address });
  using second = await RpcClient.connect({ address: served.address });
  const gate = Promise.withResolvers<void>();
  served.agent.gate = gate.promise;
  const joined = first.join(["a"]);
  assert.deepEqual((await second.members()).map(({ name }) => name), ["n1"]);
  gate.resolve();
  assert.equal(await joined, 1);
  assert.equal(served.server.clientCount, 2);
  assert.equal(served.meter.counters.get("agent.ipc.accept"), 2);
  assert.match(served.lines[0] ?? "", /^info agent\.ipc: Accepted client: 127\.\d+\.\d+\.\d+:\d+$/);
});

Deno.test("RpcServer tells of few clients at info when something polls", async () => {
  await using served = await serve();
  for (let i = 0; i < 150; i++) {
    using client = await RpcClient.connect({ address: served.address });
    await client.members();
  }
  const told = served.lines.filter((line) => line.includes("Accepted client"));
  assert.equal(told.length, 150);
  const atInfo = told.filter((line) => line.startsWith("info")).length;
  assert(atInfo >= 100 && atInfo <= 101, `${atInfo} lines at info`);
});

Deno.test("RpcServer forgets clients that go, with all that ran for them", async () => {
  await using served = await serve();
  const client = await RpcClient.connect({ address: served.address });
  await client.stream("*");
  await eventually("the stream runs", () => served.agent.listenerCount === 1);
  client.close();
  await eventually("the client is forgotten", () => served.server.clientCount === 0);
  assert.equal(served.agent.listenerCount, 0);
});

Deno.test("RpcServer wants its token", async () => {
  await using served = await serve(undefined, "sesame");
  const { address } = served;
  using client = await RpcClient.connect({ address, authKey: "sesame" });
  assert.equal((await client.members()).length, 1);
  await assert.rejects(RpcClient.connect({ address, authKey: "guess" }), {
    kind: "refused",
    message: "Invalid authentication token",
  });
  using stranger = await RpcClient.connect({ address });
  await assert.rejects(stranger.members(), { message: "Authentication required" });
  await assert.rejects(stranger.userEvent("x"), { message: "Authentication required" });
});

Deno.test("RpcServer.close() ends connections and streams, and frees the address", async () => {
  const served = await serve();
  using client = await RpcClient.connect({ address: served.address });
  const lines = await client.monitor("info");
  const gate = Promise.withResolvers<void>();
  served.agent.gate = gate.promise;
  const joining = assert.rejects(client.join(["a"]), { kind: "closed", message: "client closed" });
  await served.server.close();
  await joining;
  await assert.rejects(lines.next(), { message: "client closed" });
  await assert.rejects(RpcClient.connect({ address: served.address }), { kind: "dial" });
  await served.server.close();
  gate.resolve();

  await using again = await serve(served.address);
  using other = await RpcClient.connect({ address: again.address });
  assert.equal((await other.members()).length, 1);
});

Deno.test("RpcServer answers what came before a half-close, then closes", async () => {
  await using served = await serve();
  const [hostname = "", port] = served.address.split(":");
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const writer = new MsgpackWriter("modern");
  const request = encodeMessage(
    writer,
    encodable(commands.requestHeader, { command: "handshake", seq: 1 }),
    encodable(commands.handshakeRequest, { version: 1 }),
    encodable(commands.requestHeader, { command: "stats", seq: 2 }),
  );
  for (const byte of request) await connection.write(Uint8Array.of(byte));
  await connection.closeWrite();
  const received = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  assert.deepEqual(splitValues(received).map(decodeValue), [
    new Map<string, unknown>([["Error", ""], ["Seq", 1]]),
    new Map<string, unknown>([["Error", ""], ["Seq", 2]]),
    new Map(),
  ]);
});

Deno.test("RpcServer lets one client that does not read delay nobody else", async () => {
  await using served = await serve();
  const [hostname = "", port] = served.address.split(":");
  using sleeper = await Deno.connect({ hostname, port: Number(port) });
  const writer = new MsgpackWriter("modern");
  await sleeper.write(encodeMessage(
    writer,
    encodable(commands.requestHeader, { command: "handshake", seq: 1 }),
    encodable(commands.handshakeRequest, { version: 1 }),
    encodable(commands.requestHeader, { command: "stream", seq: 2 }),
    encodable(commands.streamRequest, { type: "user" }),
  ));
  await eventually("the stream runs", () => served.agent.listenerCount === 1);
  using reader = await RpcClient.connect({ address: served.address });
  const events = await reader.stream("user");
  await eventually("the other stream runs", () => served.agent.listenerCount === 2);

  // Far more than the system's buffers and the queue of 512 records hold.
  const payload = new Uint8Array(64 * 1024);
  for (let ltime = 1; ltime <= 800; ltime++) {
    served.agent.emit({ type: "user", ltime, name: "big", payload, coalesce: false });
    const { value } = await events.next();
    assert.equal(value !== undefined && "ltime" in value ? value.ltime : 0, ltime);
  }
  const warning = /^warn agent\.ipc: Dropping event to ipc\.client: /;
  assert.equal(served.lines.some((line) => warning.test(line)), true);
  assert.equal((await reader.members()).length, 1);
});

Deno.test("RpcServer and client move answers of many megabytes", async () => {
  await using served = await serve();
  const tags = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`tag${i}`, "x".repeat(50)]));
  served.agent.memberList = Array.from({ length: 5000 }, (_, i) => makeMember(`n${i}`, { tags }));
  using client = await RpcClient.connect({ address: served.address });
  const members = await client.members();
  assert.equal(members.length, 5000);
  assert.equal(members[4999]?.name, "n4999");
  assert.equal(members[4999]?.tags.get("tag7"), "x".repeat(50));
});

Deno.test("RpcServer listens on a Unix socket that only its owner may open", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/serf.sock`;
  try {
    await using served = await serve(`unix:${path}`);
    assert.equal(served.address, path);
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    using client = await RpcClient.connect({ address: `unix:${path}` });
    assert.equal((await client.members()).length, 1);
    await assert.rejects(listenForClients(`unix:${path}`), {
      message: `listen unix ${path}: bind: address already in use`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("listenForClients() takes over a Unix socket that a crash left behind, but no file", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/serf.sock`;
  try {
    const script = `Deno.listen({ transport: "unix", path: "${path}" }); Deno.kill(Deno.pid, 9);`;
    await new Deno.Command(Deno.execPath(), { args: ["eval", script], stderr: "null" }).output();
    assert.equal((await Deno.lstat(path)).isSocket, true);
    (await listenForClients(`unix:${path}`)).close();

    await Deno.writeTextFile(`${folder}/file`, "precious");
    await assert.rejects(listenForClients(`unix:${folder}/file`), /address already in use/);
    assert.equal(await Deno.readTextFile(`${folder}/file`), "precious");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("listenForClients() says what is wrong in the reference's words", async () => {
  await using served = await serve();
  const fails = async (address: string, message: string) => {
    await assert.rejects(listenForClients(address), { message }, address);
  };
  await fails(served.address, `listen tcp ${served.address}: bind: address already in use`);
  await fails(
    "192.0.2.77:7373",
    "listen tcp 192.0.2.77:7373: bind: cannot assign requested address",
  );
  await fails("127.0.0.1", "listen tcp: address 127.0.0.1: missing port in address");
  await fails("nowhere.invalid:1", "listen tcp: lookup nowhere.invalid: no such host");
});

Deno.test("listenForClients() takes an empty host as every address", async () => {
  const listener = await listenForClients(":0", { isOpen: true });
  try {
    const { addr } = listener;
    assert.equal(addr.transport, "tcp");
    const port = "port" in addr ? addr.port : 0;
    const accepted = listener.accept();
    const connection = await dial(`${host}:${port}`, 5000);
    (await accepted).close();
    connection.close();
  } finally {
    listener.close();
  }
});

Deno.test("dial() says what is wrong in the reference's words", async () => {
  await dialFails(`${host}:1`, `dial tcp ${host}:1: connect: connection refused`);
  await dialFails(`${host}:0`, `dial tcp ${host}:0: connect: connection refused`);
  await dialFails(
    "localhost:1",
    /^dial tcp (127\.0\.0\.1|\[::1\]):1: connect: connection refused$/,
  );
  await dialFails(":1", "dial tcp :1: connect: connection refused");
  await dialFails("127.0.0.1", "dial tcp: address 127.0.0.1: missing port in address");
  await dialFails("127.0.0.1:99999", "dial tcp: address 99999: invalid port");
  await dialFails("", "dial tcp: missing address");
  await dialFails("127.0.0.1:nothing", "dial tcp: lookup tcp/nothing: unknown port");
  await dialFails("nowhere.invalid:1", "dial tcp: lookup nowhere.invalid: no such host");
  await dialFails("unix:/nowhere", "dial unix /nowhere: connect: no such file or directory");
});

Deno.test("dial() connects by name", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const connection = await dial(`localhost:${listener.addr.port}`, 5000);
  connection.close();
  (await accepted).close();
  listener.close();
});

Deno.test("RpcClient.connect() fails with client closed if the peer closes or is no agent", async () => {
  const listener = Deno.listen({ hostname: host, port: 0 });
  const address = `${host}:${listener.addr.port}`;
  for (const greeting of ["", "HTTP/1.1 400 Bad Request\r\n\r\n"]) {
    const serving = listener.accept().then(async (connection) => {
      await connection.write(new TextEncoder().encode(greeting));
      connection.close();
    });
    await assert.rejects(RpcClient.connect({ address }), {
      kind: "closed",
      message: "client closed",
    });
    await serving;
  }
  listener.close();
});

Deno.test("RpcClient.connect() gives up on a peer that stays silent", async () => {
  const listener = Deno.listen({ hostname: host, port: 0 });
  const accepted = listener.accept();
  await assert.rejects(
    RpcClient.connect({ address: `${host}:${listener.addr.port}`, answerTimeout: 50 }),
    { kind: "timeout", message: "agent did not answer within 0.05 s" },
  );
  (await accepted).close();
  listener.close();
});

Deno.test("RpcServer keeps room for clients however many strangers say nothing", async () => {
  await using served = await serve(undefined, "sesame");
  const [hostname = "", port] = served.address.split(":");
  const strangers: Deno.TcpConn[] = [];
  try {
    for (let i = 0; i < strangerLimit; i++) {
      strangers.push(await Deno.connect({ hostname, port: Number(port) }));
    }
    await eventually("all are there", () => served.server.clientCount === strangerLimit);
    using client = await RpcClient.connect({ address: served.address, authKey: "sesame" });
    assert.equal((await client.members()).length, 1);
    // The stranger that came first has made room.
    assert.equal(await strangers[0]!.read(new Uint8Array(1)), null);
    assert.equal(served.server.clientCount, strangerLimit);
    assert.equal(served.meter.counters.get("agent.ipc.turnedAway"), 1);
    assert.equal(served.lines.filter((line) => line.includes("Too many clients")).length, 1);
  } finally {
    for (const stranger of strangers) stranger.close();
  }
});
