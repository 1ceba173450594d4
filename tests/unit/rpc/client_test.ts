import type { MsgpackValue } from "../../support/msgpack_value.ts";
import assert from "node:assert/strict";
import type { Codec } from "../../../src/bytes/msgpack_codec.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { RpcClient, type RpcClientOptions } from "../../../src/rpc/client.ts";
import type { Sequence } from "../../../src/rpc/codec.ts";
import * as commands from "../../../src/rpc/commands.ts";
import { type Encodable, encodable, encodeMessage } from "../../../src/rpc/frames.ts";
import { KeyOperationError } from "../../../src/rpc/rpc_error.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { MemoryConnection, settle } from "../../support/memory_connection.ts";
import { decodeValue, fieldOf, splitValues } from "../../support/rpc_recording.ts";

/** The agent's end of a client's connection, played by hand. */
class Peer {
  readonly clock = new SimClock();
  readonly near: MemoryConnection;
  readonly far: MemoryConnection;
  readonly #writer = new MsgpackWriter("modern");

  constructor() {
    [this.near, this.far] = MemoryConnection.pair();
  }

  /** Connects a client and answers its handshake. */
  async connect(options: RpcClientOptions = {}): Promise<RpcClient> {
    const connecting = RpcClient.over(this.near, options, this.clock);
    await settle();
    this.take();
    await this.answer(1);
    return await connecting;
  }

  /** The values that the client has sent since the last time. */
  take(): MsgpackValue[] {
    return splitValues(this.far.takeAll()).map(decodeValue);
  }

  /** The commands among them. */
  takeCommands(): string[] {
    return this.take().flatMap((value) => {
      const command = fieldOf(value, "Command");
      return command === undefined ? [] : [`${command} ${fieldOf(value, "Seq")}`];
    });
  }

  /** Sends a header alone. */
  async answer(seq: Sequence, error = ""): Promise<void> {
    await this.#send(encodable(commands.responseHeader, { error, seq }));
  }

  /** Sends a header and a body. */
  async answerWith<T>(seq: Sequence, codec: Codec<T>, body: T, error = ""): Promise<void> {
    await this.#send(
      encodable(commands.responseHeader, { error, seq }),
      encodable(codec, body),
    );
  }

  async #send(...values: readonly Encodable[]): Promise<void> {
    await this.far.write(encodeMessage(this.#writer, ...values));
    await settle();
  }
}

const log = (text: string) => ({ log: text });
const noMembers = commands.membersResponse.zero();

Deno.test("RpcClient.over() shakes hands with version 1, then shows its token", async () => {
  const peer = new Peer();
  const connecting = RpcClient.over(peer.near, { authKey: "sesame" }, peer.clock);
  await settle();
  assert.deepEqual(peer.take().map((value) => [...value as ReadonlyMap<string, unknown>]), [
    [["Command", "handshake"], ["Seq", 1]],
    [["Version", 1]],
  ]);
  await peer.answer(1);
  assert.deepEqual(peer.take().map((value) => [...value as ReadonlyMap<string, unknown>]), [
    [["Command", "auth"], ["Seq", 2]],
    [["AuthKey", "sesame"]],
  ]);
  await peer.answer(2);
  const client = await connecting;
  assert.equal(client.isClosed, false);
  client.close();
});

Deno.test("RpcClient.over() closes the connection if the peer refuses, ends or talks nonsense", async () => {
  const refused = new Peer();
  const refusal = RpcClient.over(refused.near, {}, refused.clock);
  await settle();
  await refused.answer(1, "Unsupported IPC version");
  await assert.rejects(refusal, { kind: "refused", message: "Unsupported IPC version" });
  assert.equal(refused.near.isClosed, true);

  const ended = new Peer();
  const ending = RpcClient.over(ended.near, {}, ended.clock);
  ended.far.close();
  await assert.rejects(ending, { kind: "closed", message: "client closed" });
  assert.equal(ended.near.isClosed, true);

  const odd = new Peer();
  const oddity = RpcClient.over(odd.near, {}, odd.clock);
  await odd.far.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n"));
  await assert.rejects(oddity, { kind: "closed", message: "client closed" });
  assert.equal(odd.near.isClosed, true);
});

Deno.test("RpcClient makes overlapping requests and gives each its own answer", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const joined = client.join(["a"]);
  const fired = client.userEvent("deploy");
  const listed = client.members();
  await settle();
  assert.deepEqual(peer.takeCommands(), ["join 2", "event 3", "members 4"]);
  await peer.answerWith(2, commands.joinResponse, { num: 1 });
  await peer.answer(3, "too long");
  await peer.answerWith(4, commands.membersResponse, noMembers);
  assert.equal(await joined, 1);
  await assert.rejects(fired, { name: "RpcError", kind: "refused", message: "too long" });
  assert.deepEqual(await listed, []);
  client.close();
});

Deno.test("RpcClient reads the body that follows an error, but none after a bare one", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const joined = assert.rejects(client.join(["a"]), { message: "no address answered" });
  const listed = assert.rejects(client.members(), { message: "Authentication required" });
  const known = client.members();
  await peer.answerWith(2, commands.joinResponse, { num: 0 }, "no address answered");
  await peer.answer(3, "Authentication required");
  await peer.answerWith(4, commands.membersResponse, noMembers);
  await joined;
  await listed;
  assert.deepEqual(await known, []);
  client.close();
});

Deno.test("RpcClient's key operations throw with what the nodes said", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const used = client.useKey("a2V5");
  const outcome = {
    messages: new Map([["n1", "requested key is not in the keyring"]]),
    keys: undefined,
    numNodes: 1,
    numErr: 1,
    numResp: 1,
    primaryKeys: undefined,
  };
  await peer.answerWith(2, commands.keyRecord, outcome, "1/1 nodes reported failure");
  await assert.rejects(used, (error) => {
    assert(error instanceof KeyOperationError);
    assert.deepEqual(error.outcome, outcome);
    return error.message === "1/1 nodes reported failure";
  });
  const listed = assert.rejects(client.listKeys(), {
    name: "RpcError",
    message: "Authentication required",
  });
  await peer.answer(3, "Authentication required");
  await listed;
  client.close();
});

Deno.test("RpcClient.coordinate() is undefined for a node that the agent does not know", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const asked = client.coordinate("zzz");
  await peer.answerWith(2, commands.coordinateResponse, commands.coordinateResponse.zero());
  assert.equal(await asked, undefined);
  client.close();
});

Deno.test("RpcClient delivers the records of two streams, between answers as well", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const opening = client.monitor("debug");
  const asking = client.query("load", undefined, { requestAck: true, timeout: 1500 });
  await settle();
  const sent = peer.take();
  assert.equal(fieldOf(sent.at(-1), "Timeout"), 1_500_000_000);
  await peer.answer(2);
  await peer.answerWith(2, commands.logRecord, log("one"));
  await peer.answer(3);
  const lines = await opening;
  const answers = await asking;
  const listed = client.members();
  await settle();
  await peer.answerWith(3, commands.queryRecord, { type: "ack", from: "n1", payload: undefined });
  await peer.answerWith(2, commands.logRecord, log("two"));
  await peer.answerWith(4, commands.membersResponse, noMembers);
  await peer.answerWith(3, commands.queryRecord, { type: "done", from: "", payload: undefined });

  assert.deepEqual(await listed, []);
  assert.deepEqual([(await lines.next()).value, (await lines.next()).value], ["one", "two"]);
  assert.deepEqual(await Array.fromAsync(answers), [
    { type: "ack", from: "n1", payload: undefined },
  ]);
  client.close();
});

Deno.test("RpcClient knows records under way after stop() for what they are", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const opening = client.monitor("info");
  await peer.answer(2);
  const lines = await opening;
  const stopping = lines.stop();
  await settle();
  const [, , header, body] = peer.take();
  assert.equal(fieldOf(header, "Command"), "stop");
  assert.equal(fieldOf(body, "Stop"), 2);
  await peer.answerWith(2, commands.logRecord, log("late"));
  await peer.answer(3);
  await stopping;
  assert.equal((await lines.next()).done, true);

  const listed = client.members();
  await peer.answerWith(4, commands.membersResponse, noMembers);
  assert.deepEqual(await listed, []);
  client.close();
});

Deno.test("RpcClient never stops a query, which nobody can, and ignores what still comes", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const asking = client.query("load");
  await peer.answer(2);
  await (await asking).stop();
  await settle();
  assert.deepEqual(peer.takeCommands(), ["query 2"]);
  await peer.answerWith(2, commands.queryRecord, { type: "done", from: "", payload: undefined });
  assert.equal(client.isClosed, false);
  client.close();
});

Deno.test("RpcClient.query() leaves out answers from nobody", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const asking = client.query("load", undefined, { timeout: -1 });
  await peer.answer(2);
  const answer = { type: "response", from: "", payload: undefined };
  await peer.answerWith(2, commands.queryRecord, answer);
  await peer.answerWith(2, commands.queryRecord, { ...answer, from: "n1" });
  await peer.answerWith(2, commands.queryRecord, { ...answer, type: "done" });
  assert.deepEqual(await Array.fromAsync(await asking), [{ ...answer, from: "n1" }]);
  client.close();
});

Deno.test("RpcClient steps over answers to numbers it never used, with and without a body", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const listed = client.members();
  await peer.answer(77);
  await peer.answerWith(78, commands.joinResponse, { num: 1 });
  await peer.answerWith(2, commands.membersResponse, noMembers);
  assert.deepEqual(await listed, []);
  client.close();
});

Deno.test("RpcClient drops records for a consumer that does not take them", async () => {
  const peer = new Peer();
  const client = await peer.connect({ recordLimit: 2 });
  const opening = client.monitor("info");
  await peer.answer(2);
  const lines = await opening;
  for (const text of ["1", "2", "3"]) await peer.answerWith(2, commands.logRecord, log(text));
  assert.equal(lines.dropped, 1);
  client.close();
});

Deno.test("RpcClient refuses streams with the agent's words", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const opening = client.stream("nonsense");
  await peer.answer(2, "Invalid event filter");
  await assert.rejects(opening, { kind: "refused", message: "Invalid event filter" });
  client.close();
});

Deno.test("RpcClient.close() fails waiting calls and streams with client closed", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const opening = client.monitor("info");
  await peer.answer(2);
  const lines = await opening;
  const waiting = [client.join(["a"]), lines.next()];
  const checks = waiting.map((each) => assert.rejects(each, { message: "client closed" }));
  client.close();
  client.close();
  await Promise.all(checks);
  assert.equal(client.isClosed, true);
  await assert.rejects(client.members(), { kind: "closed", message: "client closed" });
  assert.equal(peer.clock.pending, 0, "no timer is left");
});

Deno.test("RpcClient ends calls and streams when the agent goes, after what came in time", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const opening = client.monitor("info");
  await peer.answer(2);
  const lines = await opening;
  await peer.answerWith(2, commands.logRecord, log("last words"));
  const leaving = assert.rejects(client.leave(), { kind: "closed", message: "client closed" });
  peer.far.close();
  await leaving;
  assert.equal((await lines.next()).value, "last words");
  await assert.rejects(lines.next(), { message: "client closed" });
  assert.equal(client.isClosed, true);
});

Deno.test("RpcClient gives up on an agent that does not answer a quick request", async () => {
  const peer = new Peer();
  const client = await peer.connect({ answerTimeout: 2000 });
  const late = assert.rejects(client.members(), {
    kind: "timeout",
    message: "agent did not answer within 2 s",
  });
  const behind = assert.rejects(client.stats(), { kind: "closed", message: "client closed" });
  await settle();
  peer.clock.advance(2000);
  await late;
  await behind;
  assert.equal(peer.near.isClosed, true);
});

Deno.test("RpcClient waits for joins, leaves, tags and keys as long as they take", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const slow = [
    client.join(["a"]),
    client.forceLeave("a"),
    client.updateTags(new Map()),
    client.leave(),
    client.installKey("a"),
  ];
  await settle();
  peer.clock.advance(3_600_000);
  assert.equal(client.isClosed, false);
  const checks = slow.map((each) => assert.rejects(each, { kind: "closed" }));
  client.close();
  await Promise.all(checks);
});

Deno.test("RpcClient gives up on an agent that takes in nothing", async () => {
  const peer = new Peer();
  const client = await peer.connect({ writeTimeout: 3000 });
  peer.far.capacity = 10;
  const fired = assert.rejects(client.userEvent("x".repeat(100)), {
    kind: "timeout",
    message: "agent accepted no data within 3 s",
  });
  await settle();
  peer.clock.advance(3000);
  await fired;
  assert.equal(client.isClosed, true);
});

Deno.test("RpcClient writes on while the agent takes in its request bit by bit", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  peer.far.capacity = 7;
  const fired = client.userEvent("x".repeat(50), Uint8Array.of(1), { coalesce: true });
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < 30; i++) {
    await settle();
    chunks.push(peer.far.takeAll());
  }
  const bytes = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
  const [, body] = splitValues(bytes).map(decodeValue);
  assert.equal(fieldOf(body, "Name"), "x".repeat(50));
  assert.equal(fieldOf(body, "Coalesce"), true);
  await peer.answer(2);
  await fired;
  client.close();
});

Deno.test("RpcClient ends a call whose answer cannot be read, and the connection", async () => {
  const peer = new Peer();
  const client = await peer.connect();
  const listed = assert.rejects(client.members(), { kind: "closed", message: "client closed" });
  await settle();
  await peer.answer(2);
  await peer.far.write(Uint8Array.of(0x07));
  await listed;
  assert.equal(client.isClosed, true);
});

Deno.test("RpcClient is closed by leaving the scope that uses it", async () => {
  const peer = new Peer();
  {
    using client = await peer.connect();
    assert.equal(client.isClosed, false);
  }
  assert.equal(peer.near.isClosed, true);
});
