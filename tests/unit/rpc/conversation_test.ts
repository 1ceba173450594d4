import assert from "node:assert/strict";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import * as commands from "../../../src/rpc/commands.ts";
import { Conversation } from "../../../src/rpc/conversation.ts";
import { type Encodable, encodable, encodeMessage } from "../../../src/rpc/frames.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { MemoryConnection, settle } from "../../support/memory_connection.ts";
import { decodeValue, fieldOf, splitValues } from "../../support/rpc_recording.ts";

const second = 1000;

/** A conversation with a peer that is played by hand. */
class Talk {
  readonly clock = new SimClock();
  readonly far: MemoryConnection;
  readonly near: MemoryConnection;
  readonly conversation: Conversation;
  readonly #writer = new MsgpackWriter("modern");

  constructor() {
    [this.near, this.far] = MemoryConnection.pair();
    this.conversation = new Conversation(this.near, {
      clock: this.clock,
      writeTimeout: 5 * second,
      answerTimeout: 10 * second,
      recordLimit: 2,
    });
  }

  async say(...values: readonly Encodable[]): Promise<void> {
    await this.far.write(encodeMessage(this.#writer, ...values));
    await settle();
  }

  header(seq: number, error = ""): Encodable {
    return encodable(commands.responseHeader, { error, seq });
  }

  /** The numbers of the requests that the peer has got since the last call. */
  async requests(): Promise<unknown[]> {
    await settle();
    return splitValues(this.far.takeAll()).map(decodeValue).flatMap((value) =>
      fieldOf(value, "Command") === undefined ? [] : [fieldOf(value, "Seq")]
    );
  }

  subscribe() {
    const records = { codec: commands.logRecord, canStop: true };
    return this.conversation.subscribe("monitor", { logLevel: "DEBUG" }, records);
  }
}

const members = ["members", undefined] as const;

Deno.test("Conversation.exchange() numbers requests and gives each its answer", async () => {
  const talk = new Talk();
  const leave = assert.rejects(talk.conversation.exchange("leave", undefined), {
    kind: "refused",
    message: "not now",
  });
  const list = talk.conversation.exchange(...members);
  assert.deepEqual(await talk.requests(), [1, 2]);

  await talk.say(talk.header(1, "not now"));
  await talk.say(talk.header(2), encodable(commands.membersResponse, { members: [] }));
  await leave;
  assert.deepEqual(await list, { members: [] });
  talk.conversation.close();
});

Deno.test("Conversation.exchange() expects no body after an error that stands alone", async () => {
  const talk = new Talk();
  const list = assert.rejects(talk.conversation.exchange(...members), {
    kind: "refused",
    message: "Authentication required",
  });
  const next = talk.conversation.exchange("leave", undefined);
  await talk.say(talk.header(1, "Authentication required"), talk.header(2));
  await list;
  assert.equal(await next, undefined);
  talk.conversation.close();
});

Deno.test("Conversation gives up on an agent that does not answer in time", async () => {
  const talk = new Talk();
  const late = talk.conversation.exchange(...members);
  const behind = talk.conversation.exchange("leave", undefined);
  talk.clock.advance(10 * second);
  await assert.rejects(late, { kind: "timeout", message: "agent did not answer within 10 s" });
  await assert.rejects(behind, { kind: "closed", message: "client closed" });
  assert.equal(talk.conversation.isClosed, true);
  assert.equal(talk.near.isClosed, true);
});

Deno.test("Conversation gives up on a peer that takes no bytes", async () => {
  const talk = new Talk();
  talk.far.capacity = 0;
  const stuck = talk.conversation.exchange("leave", undefined);
  await settle();
  talk.clock.advance(5 * second);
  await assert.rejects(stuck, { kind: "timeout", message: "agent accepted no data within 5 s" });
});

Deno.test("Conversation.subscribe() delivers records, drops what finds no room, and stops", async () => {
  const talk = new Talk();
  const asked = talk.subscribe();
  await talk.say(talk.header(1));
  const stream = await asked;
  for (const log of ["one", "two", "three"]) {
    await talk.say(talk.header(1), encodable(commands.logRecord, { log }));
  }
  assert.deepEqual((await stream.next()).value, { log: "one" });
  assert.equal(stream.dropped, 1);

  await talk.requests();
  const stopped = stream.stop();
  assert.deepEqual(await talk.requests(), [2]);
  await talk.say(talk.header(2));
  await stopped;
  // A record that was on its way belongs to nobody, and disturbs nothing.
  await talk.say(talk.header(1), encodable(commands.logRecord, { log: "late" }));
  assert.equal(talk.conversation.isClosed, false);
  talk.conversation.close();
});

Deno.test("Conversation.close() ends waiting calls and streams, and refuses new ones", async () => {
  const talk = new Talk();
  const asked = talk.subscribe();
  await talk.say(talk.header(1));
  const stream = await asked;
  const waiting = talk.conversation.exchange("leave", undefined);
  talk.conversation.close();
  talk.conversation.close();
  await assert.rejects(waiting, { kind: "closed" });
  await assert.rejects(() => stream.next(), { kind: "closed" });
  await assert.rejects(talk.conversation.exchange(...members), { kind: "closed" });
});
