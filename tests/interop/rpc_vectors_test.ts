/**
 * The RPC port against byte streams recorded from real agents: our server must
 * send what theirs sent, and our client must send and understand the same.
 *
 * `improved` lists the few exchanges in which the server means to differ
 * (rpc.md section 13).
 */

import type { MsgpackValue } from "../support/msgpack_value.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { MemberListing } from "../../src/agent/clients/member_listing.ts";
import { RpcSession } from "../../src/agent/clients/rpc_session.ts";
import type { Codec } from "../../src/bytes/msgpack_codec.ts";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { RpcClient } from "../../src/rpc/client.ts";
import * as commands from "../../src/rpc/commands.ts";
import { KeyOperationError, RpcError } from "../../src/rpc/rpc_error.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { MemoryConnection, settle } from "../support/memory_connection.ts";
import { RecordingLog, RecordingMeter } from "../support/recorders.ts";
import {
  canonical,
  type CommandRun,
  decodeValue,
  fieldOf,
  messagesOf,
  type RawRun,
  readRecordings,
  RecordedAgent,
  splitValues,
} from "../support/rpc_recording.ts";

/** A server's session with an agent that behaves as the recorded one. */
class Served {
  readonly clock = new SimClock();
  readonly #root = new RecordingLog();
  readonly log = this.#root.named("agent.ipc");
  readonly agent: RecordedAgent;
  readonly client: MemoryConnection;
  readonly done: Promise<void>;

  constructor(sent: readonly string[], authKey: string) {
    const values = sent.flatMap((hex) => splitValues(Uint8Array.fromHex(hex)));
    this.agent = new RecordedAgent({ sent: values.map(decodeValue), clock: this.clock });
    const [client, connection] = MemoryConnection.pair();
    this.client = client;
    const session = new RpcSession({
      connection,
      peer: "127.0.0.1:5000",
      agent: this.agent,
      listing: new MemberListing(),
      authKey,
      log: this.log,
      meter: new RecordingMeter(),
      clock: this.clock,
    });
    const shutdown = this.agent.shutdown.bind(this.agent);
    this.agent.shutdown = async () => {
      await shutdown();
      session.close();
    };
    this.done = session.run();
  }

  /** What the server logged. */
  get lines(): readonly string[] {
    return this.#root.lines;
  }

  /** Sends bytes, lets some time pass, and returns the values that came back. */
  async exchange(hex: string): Promise<Uint8Array[]> {
    if (hex !== "" && !this.isClosed) await this.client.write(Uint8Array.fromHex(hex));
    await settle();
    await this.pass(300);
    return splitValues(this.client.takeAll());
  }

  /** Lets time pass. */
  async pass(duration: number): Promise<void> {
    this.clock.advance(duration);
    await settle();
  }

  /** Whether the server has closed the connection. */
  get isClosed(): boolean {
    return this.client.isEnded;
  }

  async end(): Promise<void> {
    this.client.close();
    await this.done;
  }
}

const error = (text: string, seq: number) => {
  const writer = new MsgpackWriter("modern");
  commands.responseHeader.write(writer, { error: text, seq });
  return writer.copy();
};

/** Exchanges in which the server is better on purpose: what it answers to one step, and after. */
const improved = new Map<
  string,
  { step: number; answer: readonly Uint8Array[]; connection: "open" | "closed" }
>([
  ["raw-auth-required", {
    step: 2,
    answer: [error("Authentication required", 2)],
    connection: "open",
  }],
  ["raw-huge-map", { step: 0, answer: [], connection: "closed" }],
  ["raw-huge-str", { step: 0, answer: [], connection: "closed" }],
  ["raw-members-filtered-bad-regexp", {
    step: 1,
    answer: [
      error("Failed to compile regex: error parsing regexp: missing closing ]: `[$`", 1),
      Uint8Array.fromHex("81a74d656d6265727390"),
    ],
    connection: "open",
  }],
]);

async function replayRaw(id: string, run: RawRun): Promise<void> {
  const received = run.exchange.flatMap((step) => {
    return typeof step === "object" && "received" in step ? [step.received] : [];
  });
  const served = new Served(received, id.startsWith("raw-auth") ? "sesame" : "");
  for (const [i, step] of run.exchange.entries()) {
    if (step === "half-close") {
      served.client.closeWrite();
      await settle();
    } else if ("wait_seconds" in step) {
      await served.pass(1000 * step.wait_seconds);
    } else {
      const better = improved.get(id);
      const isBetter = better?.step === i;
      const expected = isBetter ? better.answer : splitValues(Uint8Array.fromHex(step.received));
      const answer = await served.exchange(step.send);
      assert.deepEqual(messagesOf(answer), messagesOf(expected), `step ${i}`);
      const connection = isBetter ? better.connection : step.connection;
      assert.equal(served.isClosed ? "closed" : "open", connection, `step ${i}`);
    }
  }
  await served.end();
  if (!improved.has(id)) assert.deepEqual(logLines(served.lines), recordedLines(run));
}

/** The lines of the RPC server, without what is free: reasons of decoding errors. */
function logLines(lines: readonly string[]): string[] {
  return lines.map((line) => {
    return line.replace(/(request header|decode failed): .*/s, "$1");
  });
}

function recordedLines(run: RawRun): string[] {
  const levels: Record<string, string> = { INFO: "info", WARN: "warn", ERR: "error" };
  const lines = run.agent_log.flatMap((line) => {
    const match = /^<TIME> \[(\w+)\] (agent\.ipc: .*)$/s.exec(line);
    // What could not be sent belongs to connections of other recordings.
    if (!match || match[2]?.includes("Failed to stream")) return [];
    return [`${levels[match[1] ?? ""]} ${match[2]}`];
  });
  return logLines(lines);
}

Deno.test("RpcSession answers hand-made requests as the recorded agent did", async (t) => {
  const recordings = readRecordings("raw");
  assert.equal(recordings.length > 60, true);
  for (const { id, runs } of recordings) {
    await t.step(id, () => replayRaw(id, runs.get("head")!));
  }
});

async function replayCommand(run: CommandRun): Promise<void> {
  const fromAgent = run.stream.filter(({ dir }) => dir === "agent to client");
  const served = new Served(fromAgent.map(({ hex }) => hex), "");
  const received: Uint8Array[] = [];
  for (const { dir, hex } of run.stream) {
    if (dir === "client to agent") await served.client.write(Uint8Array.fromHex(hex));
    else if (run.command[1] === "monitor") served.agent.cause(decodeValue(Uint8Array.fromHex(hex)));
    await settle();
    received.push(...splitValues(served.client.takeAll()));
  }
  await served.pass(5000);
  received.push(...splitValues(served.client.takeAll()));
  const expected = fromAgent.map(({ hex }) => Uint8Array.fromHex(hex));
  assert.deepEqual(messagesOf(received), messagesOf(expected));
  await served.end();
}

Deno.test("RpcSession answers recorded command lines byte for byte", async (t) => {
  for (const { id, runs } of readRecordings("command")) {
    for (const [release, run] of runs) {
      await t.step(`${id} (${release})`, () => replayCommand(run));
    }
  }
});

/** Plays a recorded agent: checks what the client sends, and answers with the recorded bytes. */
class RecordedPeer {
  readonly connection: MemoryConnection;
  readonly #far: MemoryConnection;
  readonly #run: CommandRun;
  readonly #isExact: boolean;

  constructor(run: CommandRun, isExact: boolean) {
    [this.connection, this.#far] = MemoryConnection.pair();
    this.#run = run;
    this.#isExact = isExact;
  }

  async play(): Promise<void> {
    let arrived: Uint8Array[] = [];
    for (const { dir, hex } of this.#run.stream) {
      const recorded = Uint8Array.fromHex(hex);
      if (dir === "agent to client") {
        await this.#far.write(recorded);
        continue;
      }
      while (arrived.length === 0) {
        await settle();
        arrived = splitValues(this.#far.takeAll());
      }
      const value = arrived.shift()!;
      // The older release writes some integers in another format.
      if (this.#isExact) assert.equal(canonical(value), canonical(recorded));
      else assert.deepEqual(decodeValue(value), decodeValue(recorded));
    }
    await settle();
    assert.deepEqual(arrived, [], "the client sends nothing else");
  }
}

/** Makes the client do what a recorded request asks for, and returns what it got. */
function repeatRequest(
  client: RpcClient,
  command: MsgpackValue,
  body: MsgpackValue,
): Promise<unknown> {
  const text = (name: string) => String(fieldOf(body, name) ?? "");
  const flag = (name: string) => fieldOf(body, name) === true;
  const texts = (name: string) => fieldOf(body, name) as readonly string[] | undefined ?? [];
  const map = (name: string) => fieldOf(body, name) as ReadonlyMap<string, string>;
  const payload = fieldOf(body, "Payload") as Uint8Array | undefined;
  switch (command) {
    case "event":
      return client.userEvent(text("Name"), payload, { coalesce: flag("Coalesce") });
    case "force-leave":
      return client.forceLeave(text("Node"), { prune: flag("Prune") });
    case "join":
      return client.join(texts("Existing"), { replay: flag("Replay") });
    case "members-filtered":
      return client.membersFiltered({
        name: text("Name"),
        status: text("Status"),
        tags: map("Tags"),
      });
    case "tags":
      return client.updateTags(map("Tags"), texts("DeleteTags"));
    case "leave":
      return client.leave();
    case "stats":
      return client.stats();
    case "get-coordinate":
      return client.coordinate(text("Node"));
    case "install-key":
      return client.installKey(text("Key"));
    case "use-key":
      return client.useKey(text("Key"));
    case "remove-key":
      return client.removeKey(text("Key"));
    case "list-keys":
      return client.listKeys();
    default:
      throw new Error(`No recording has the command ${String(command)}`);
  }
}

/** Requests of a recording behind the handshake, with what the agent answered. */
interface RecordedRequest {
  readonly command: MsgpackValue;
  readonly body: MsgpackValue;
  readonly error: string;
  readonly answer: Uint8Array | undefined;
}

function requestsOf(run: CommandRun): RecordedRequest[] {
  const requests: RecordedRequest[] = [];
  const values = run.stream.map(({ dir, hex }) => {
    const bytes = Uint8Array.fromHex(hex);
    return { dir, bytes, value: decodeValue(bytes) };
  });
  for (const [i, { value }] of values.entries()) {
    const command = fieldOf(value, "Command");
    if (command === undefined || command === "handshake") continue;
    const bodyNext = values[i + 1]?.dir === "client to agent";
    const header = values[i + (bodyNext ? 2 : 1)];
    const after = values[i + (bodyNext ? 3 : 2)];
    requests.push({
      command,
      body: bodyNext ? values[i + 1]?.value : undefined,
      error: String(fieldOf(header?.value, "Error")),
      answer: after?.dir === "agent to client" ? after.bytes : undefined,
    });
  }
  return requests;
}

const answerCodecs = new Map<MsgpackValue, Codec<unknown>>([
  ["join", commands.joinResponse],
  ["members-filtered", commands.membersResponse],
  ["stats", commands.statsResponse],
  ["get-coordinate", commands.coordinateResponse],
  ["install-key", commands.keyRecord],
  ["use-key", commands.keyRecord],
  ["remove-key", commands.keyRecord],
  ["list-keys", commands.keyRecord],
]);

/** What the client's method is to return or carry for a recorded answer. */
function expectedOutcome({ command, answer }: RecordedRequest): unknown {
  const codec = answerCodecs.get(command);
  const decoded = answer && codec?.read(new MsgpackReader(answer));
  switch (command) {
    case "join":
      return (decoded as commands.ResponseOf<"join">).num;
    case "members-filtered":
      return (decoded as commands.ResponseOf<"members">).members;
    case "get-coordinate": {
      const { coord, ok } = decoded as commands.ResponseOf<"get-coordinate">;
      return ok ? coord : undefined;
    }
    default:
      return decoded;
  }
}

async function repeatRun(run: CommandRun, isExact: boolean): Promise<void> {
  const peer = new RecordedPeer(run, isExact);
  const playing = peer.play();
  const client = await RpcClient.over(peer.connection, {}, new SimClock());
  for (const request of requestsOf(run)) {
    const outcome = repeatRequest(client, request.command, request.body);
    if (request.error === "") {
      assert.deepEqual(await outcome, expectedOutcome(request));
      continue;
    }
    const failure = await outcome.then(() => undefined, (reason: unknown) => reason);
    assert.ok(failure instanceof RpcError);
    assert.equal(failure.kind, "refused");
    assert.equal(failure.message, request.error);
    if (failure instanceof KeyOperationError) {
      assert.deepEqual(failure.outcome, expectedOutcome(request));
    } else assert.ok(!String(request.command).endsWith("-key"));
  }
  await playing;
  client.close();
}

/** Recordings of streams and refused tokens, which have tests of their own. */
const others = new Set(["auth-wrong", "monitor-and-stream"]);

Deno.test("RpcClient sends and understands what was recorded", async (t) => {
  for (const { id, runs } of readRecordings("command")) {
    if (others.has(id) || id.startsWith("query")) continue;
    for (const [release, run] of runs) {
      await t.step(`${id} (${release})`, () => repeatRun(run, release === "head"));
    }
  }
});

Deno.test("RpcClient.query() sends and understands what was recorded", async (t) => {
  for (const { id, runs } of readRecordings("command").filter(({ id }) => id.startsWith("query"))) {
    for (const [release, run] of runs) {
      await t.step(`${id} (${release})`, () => repeatQuery(run, release === "head"));
    }
  }
});

async function repeatQuery(run: CommandRun, isExact: boolean): Promise<void> {
  const peer = new RecordedPeer(run, isExact);
  const playing = peer.play();
  const client = await RpcClient.over(peer.connection, {}, new SimClock());
  const [request] = requestsOf(run);
  const field = (name: string) => fieldOf(request?.body, name);
  const query = client.query(String(field("Name")), field("Payload") as Uint8Array | undefined, {
    filterNodes: field("FilterNodes") as readonly string[] | undefined ?? [],
    filterTags: field("FilterTags") as ReadonlyMap<string, string>,
    requestAck: field("RequestAck") === true,
    relayFactor: Number(field("RelayFactor")),
    timeout: Number(field("Timeout")) / 1e6,
  });
  if (request?.error !== "") {
    await assert.rejects(query, { name: "RpcError", kind: "refused", message: request?.error });
  } else {
    const records = await Array.fromAsync(await query);
    const recorded = run.stream.map(({ hex }) => decodeValue(Uint8Array.fromHex(hex)))
      .filter((value) => fieldOf(value, "From") !== undefined && fieldOf(value, "Type") !== "done");
    assert.equal(recorded.length > 0, true);
    assert.deepEqual(
      records,
      recorded.map((value) => ({
        type: fieldOf(value, "Type"),
        from: fieldOf(value, "From"),
        payload: fieldOf(value, "Payload"),
      })),
    );
  }
  await playing;
  client.close();
}

Deno.test("RpcClient.stream() and monitor() understand what was recorded", async (t) => {
  const { runs } = readRecordings("command").find(({ id }) => id === "monitor-and-stream")!;
  for (const [release, run] of runs) {
    await t.step(release, async () => {
      const peer = new RecordedPeer(run, true);
      const playing = peer.play();
      const client = await RpcClient.over(peer.connection, {}, new SimClock());
      const events = await client.stream("*");
      const log = await client.monitor("warn");

      const line = await log.next();
      assert.match(String(line.value), /^\d{4}\/\d\d\/\d\d .* \[WARN\] agent: error joining:/);
      const received = [await events.next(), await events.next(), await events.next()];
      const [user, query, update] = received.map(({ value }) => value);
      const deploy = { event: "user", ltime: 4, name: "deploy", coalesce: false };
      assert.deepEqual(user, { ...deploy, payload: Uint8Array.of(0x76, 0x31) });
      const load = { event: "query", id: 1, ltime: 7, name: "load" };
      assert.deepEqual(query, { ...load, payload: Uint8Array.of(0x68, 0x69) });
      assert.equal(update?.event, "member-update");
      assert.ok(update && "members" in update);
      const [member] = update.members;
      assert.equal(member?.name, "n1");
      assert.equal(member?.port, 7946);
      assert.deepEqual([...member?.tags ?? []].sort(), [["a", "b"], ["role", "web"], ["z", "1"]]);

      await log.stop();
      await events.stop();
      await playing;
      client.close();
    });
  }
});

Deno.test("RpcClient.over() fails with the agent's words if the token is wrong", async (t) => {
  const { runs } = readRecordings("command").find(({ id }) => id === "auth-wrong")!;
  for (const [release, run] of runs) {
    await t.step(release, async () => {
      const peer = new RecordedPeer(run, true);
      const playing = peer.play();
      const connecting = RpcClient.over(peer.connection, { authKey: "x" }, new SimClock());
      const message = "Invalid authentication token";
      await assert.rejects(connecting, { name: "RpcError", kind: "refused", message });
      assert.equal(peer.connection.isClosed, true);
      await playing;
    });
  }
});

/** Recorded bytes with a few of them changed, left out or doubled. */
function mutilated(pool: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    kind: fc.constantFrom("set", "cut", "double"),
    byte: fc.integer({ min: 0, max: 255 }),
  });
  return fc.tuple(fc.constantFrom(...pool), fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([bytes, changes]) => {
      let result = [...bytes];
      for (const { at, kind, byte } of changes) {
        const index = Math.floor(at * result.length);
        if (kind === "set") result[index] = byte;
        else if (kind === "cut") result = result.slice(0, index);
        else result = [...result.slice(0, index + 1), ...result.slice(index)];
      }
      return Uint8Array.from(result);
    });
}

/** All that one side sent in the recorded command lines, each run as one piece. */
function recordedBytes(dir: "client to agent" | "agent to client"): Uint8Array[] {
  return readRecordings("command").map(({ runs }) => {
    const values = runs.get("head")?.stream.filter((value) => value.dir === dir) ?? [];
    return Uint8Array.fromHex(values.map(({ hex }) => hex).join(""));
  });
}

Deno.test("RpcSession outlives mutilated requests, and always lets its client go", async () => {
  await fc.assert(
    fc.asyncProperty(mutilated(recordedBytes("client to agent")), async (bytes) => {
      const served = new Served([], "");
      await served.client.write(bytes);
      await served.pass(100_000);
      await served.end();
      assert.equal(served.agent.listenerCount + served.agent.logFeed.listenerCount, 0);
      assert.equal(served.lines.every((line) => line.includes(" agent.ipc: ")), true);
    }),
    { numRuns: 300 },
  );
});

/** So many bytes come before the client makes its requests. */
const handshakeAnswerLength = 13;

Deno.test("RpcClient meets mutilated answers with an RpcError or an answer, nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(mutilated(recordedBytes("agent to client")), async (bytes) => {
      const [near, far] = MemoryConnection.pair();
      const talk = async () => {
        using client = await RpcClient.over(near, {}, new SimClock());
        const calls = [client.members(), client.stats(), client.listKeys(), client.query("load")];
        return await Promise.allSettled(calls);
      };
      const talking = Promise.allSettled([talk()]);
      await far.write(bytes.subarray(0, handshakeAnswerLength));
      await settle();
      await far.write(bytes.subarray(handshakeAnswerLength)).catch(() => {});
      await settle();
      far.close();
      const outcomes = await talking;
      const failures = outcomes.flatMap((outcome) => {
        return outcome.status === "rejected" ? [outcome] : outcome.value.filter(isRejected);
      });
      for (const { reason } of failures) assert.ok(reason instanceof RpcError, String(reason));
    }),
    { numRuns: 300 },
  );
});

function isRejected(outcome: PromiseSettledResult<unknown>): outcome is PromiseRejectedResult {
  return outcome.status === "rejected";
}
