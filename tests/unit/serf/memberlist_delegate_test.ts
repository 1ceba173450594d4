import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import type { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { BroadcastQueue } from "../../../src/memberlist/broadcasts/broadcast_queue.ts";
import { complete } from "../../../src/bytes/steps.ts";
import { writeEvent } from "../../../src/serf/events/event_message.ts";
import { writeJoin, writeLeave } from "../../../src/serf/intent_messages.ts";
import { LamportClock } from "../../../src/serf/lamport_clock.ts";
import {
  MemberlistDelegate,
  type MemberlistDelegateParts,
} from "../../../src/serf/memberlist_delegate.ts";
import { maxGossipSize } from "../../../src/serf/message_type.ts";
import { QueueDepthControl } from "../../../src/serf/queue_depth.ts";
import { StateExchange } from "../../../src/serf/state_exchange.ts";
import { UserEvents } from "../../../src/serf/events/user_events.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { BookUnderTest, reportedMember } from "../../support/serf_parts.ts";

function build(overrides: Partial<MemberlistDelegateParts> = {}) {
  const parts = new BookUnderTest();
  const { book, clock, intents, log, meter } = parts;
  const clocks = {
    member: parts.memberClock,
    event: new LamportClock(),
    query: new LamportClock(),
  };
  const lane = () => new BroadcastQueue(4, () => book.size);
  const lanes = { intents: lane(), queries: lane(), userEvents: lane() };
  const userEvents = new UserEvents({
    clock: new SimClock(),
    log,
    meter,
    eventClock: clocks.event,
    buffer: 512,
    sizeLimit: 512,
    flagPatience: 0,
    emit: (event) => parts.events.push(event),
    broadcast: () => {},
  });
  const settings = {
    queueCheckInterval: 30_000,
    queueDepthWarning: 100,
    maxQueueDepth: 2,
    minQueueDepth: 0,
  };
  const queues = { Intent: lanes.intents, Event: lanes.userEvents, Query: lanes.queries };
  const heard: string[] = [];
  const note = (what: string) => (reader: MsgpackReader) => {
    heard.push(`${what} ${reader.takeRest().toHex()}`);
  };
  const delegate = new MemberlistDelegate({
    log,
    meter,
    book,
    intents,
    userEvents,
    stateExchange: new StateExchange({
      clocks,
      book,
      intents,
      userEvents,
      log,
      ignoresOldEvents: () => false,
      learnQueryTime: () => {},
      joined: () => {},
    }),
    lanes,
    queueDepth: new QueueDepthControl({
      clock,
      log,
      meter,
      settings,
      queues,
      memberCount: () => book.size,
    }),
    coordinates: undefined,
    isAway: () => false,
    meta: () => Uint8Array.of(255, 128),
    receiveQuery: (reader) => {
      note("query")(reader);
      return true;
    },
    receiveQueryResponse: note("response"),
    receiveRelay: note("relay"),
    nameConflict: (existing, rival) => heard.push(`conflict ${existing.name} ${rival.name}`),
    ...overrides,
  });
  return { parts, lanes, delegate, heard };
}

function encoded(write: (writer: MsgpackWriter) => void, extra = ""): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  writer.writeRaw(Uint8Array.fromHex(extra));
  return writer.copy();
}

/** What waits in a queue, as hex. */
function waiting(queue: BroadcastQueue): string[] {
  const messages: string[] = [];
  queue.take(0, 10_000, (message) => messages.push(message.toHex()));
  return messages;
}

Deno.test("MemberlistDelegate.receiveMessage() sorts messages by their type byte", () => {
  const { delegate, heard, parts } = build();
  delegate.receiveMessage(Uint8Array.of(4, 0xaa));
  delegate.receiveMessage(Uint8Array.of(5, 0xbb));
  delegate.receiveMessage(Uint8Array.of(9, 0xcc));
  delegate.receiveMessage(encoded((writer) => writeJoin(writer, { ltime: 5, node: "new" })));
  deepStrictEqual(heard, ["query aa", "response bb", "relay cc"]);
  strictEqual(parts.recentIntents.get("new")?.type, "join");
});

Deno.test("MemberlistDelegate.receiveMessage() passes news on byte for byte, unknown fields and all", () => {
  const { delegate, lanes } = build();
  // Another key behind those we know, as a newer peer may add one.
  const leave = Uint8Array.fromHex(
    "0084a54c54696d6505a44e6f6465a3676f6ea55072756e65c2a35a65620a",
  );
  const event = encoded((writer) =>
    writeEvent(writer, { ltime: 3, name: "e", payload: undefined, coalesce: false })
  );
  delegate.receiveMessage(leave);
  delegate.receiveMessage(event);
  delegate.receiveMessage(Uint8Array.of(4, 0xaa));
  deepStrictEqual(waiting(lanes.intents), [leave.toHex()]);
  deepStrictEqual(waiting(lanes.userEvents), [event.toHex()]);
  deepStrictEqual(waiting(lanes.queries), ["04aa"]);
});

Deno.test("MemberlistDelegate.receiveMessage() keeps a copy: what it was given is only borrowed", () => {
  const { delegate, lanes } = build();
  const packet = encoded((writer) => writeJoin(writer, { ltime: 5, node: "new" }));
  const original = packet.toHex();
  delegate.receiveMessage(packet);
  packet.fill(0xdb);
  deepStrictEqual(waiting(lanes.intents), [original]);
});

Deno.test("MemberlistDelegate.receiveMessage() passes nothing on that is no news", () => {
  const { delegate, lanes } = build({ receiveQuery: () => false });
  const leave = encoded((writer) => writeLeave(writer, { ltime: 5, node: "gone", prune: false }));
  delegate.receiveMessage(leave);
  waiting(lanes.intents);
  lanes.intents.clear();
  delegate.receiveMessage(leave);
  delegate.receiveMessage(Uint8Array.of(4, 0xaa));
  deepStrictEqual(delegate.lanes.map((lane) => lane.length), [0, 0, 0]);
});

Deno.test("MemberlistDelegate.receiveMessage() keeps each queue within twice its depth", () => {
  const { delegate, lanes } = build();
  let longest = 0;
  for (let i = 0; i < 20; i++) {
    delegate.receiveMessage(Uint8Array.of(4, i));
    longest = Math.max(longest, lanes.queries.length);
  }
  strictEqual(longest, 4);
});

Deno.test("MemberlistDelegate.receiveMessage() drops what it cannot read, with a complaint", () => {
  const { delegate, parts } = build();
  for (const hex of ["00", "01c3", "03", "0381a2434305", "0081a54c54696d65a0", "0b80", "ff"]) {
    delegate.receiveMessage(Uint8Array.fromHex(hex));
  }
  deepStrictEqual(delegate.lanes.map((lane) => lane.length), [0, 0, 0]);
  strictEqual(parts.log.lines.filter((line) => line.startsWith("error ")).length, 7);
  ok(parts.log.has("Received message of unknown type: 11"));
  ok(parts.log.has("Error decoding message of type 3"));
});

Deno.test("MemberlistDelegate.receiveMessage() keeps nothing that is too long to spread", () => {
  const { delegate, parts } = build();
  const event = (length: number) =>
    encoded((writer) =>
      writeEvent(writer, { ltime: 3, name: "e", payload: new Uint8Array(length), coalesce: false })
    );
  delegate.receiveMessage(event(maxGossipSize));
  deepStrictEqual(delegate.lanes.map((lane) => lane.length), [0, 0, 0]);
  ok(parts.log.has(`exceed the limit of ${maxGossipSize}`));
  delegate.receiveMessage(event(9000));
  deepStrictEqual(delegate.lanes.map((lane) => lane.length), [0, 0, 1]);
});

Deno.test("MemberlistDelegate.receiveMessage() ignores an empty message without a word", () => {
  const { delegate, parts } = build();
  const lines = parts.log.lines.length;
  delegate.receiveMessage(new Uint8Array(0));
  strictEqual(parts.log.lines.length, lines);
  strictEqual(parts.meter.samples.has("serf.msgs.received"), false);
});

Deno.test("MemberlistDelegate.receiveMessage() catches the peer's faults and not ours", () => {
  const { delegate: peers } = build({
    receiveQuery: () => {
      throw new WireError("malformed", "no query");
    },
  });
  peers.receiveMessage(Uint8Array.of(4));
  const { delegate: ours } = build({
    receiveQuery: () => {
      throw new TypeError("a mistake");
    },
  });
  throws(() => ours.receiveMessage(Uint8Array.of(4)), TypeError);
});

Deno.test("MemberlistDelegate tells the member book who joined, changed and left", () => {
  const { delegate, parts, heard } = build();
  const member = reportedMember("foo");
  delegate.memberJoined(member);
  delegate.memberUpdated({ ...member, meta: Uint8Array.of(255, 0x81, 0xa1, 0x61, 0xa1, 0x62) });
  delegate.memberLeft(member);
  deepStrictEqual(parts.takeEvents(), [
    "member-join foo=alive",
    "member-update foo=alive",
    "member-failed foo=failed",
  ]);
  delegate.nameConflict(member, reportedMember("rival"));
  deepStrictEqual(heard, ["conflict foo rival"]);
});

Deno.test("MemberlistDelegate.localState() and mergeState() carry the Serf state over", () => {
  const { delegate: ours } = build();
  const { delegate: theirs, parts } = build();
  ours.memberJoined(reportedMember("polite"));
  ours.receiveMessage(
    encoded((writer) => writeLeave(writer, { ltime: 9, node: "polite", prune: false })),
  );
  complete(theirs.mergeState(complete(ours.localState(true)), true, false));
  strictEqual(parts.memberClock.time > 9, true);
  strictEqual(parts.log.lines.some((line) => line.startsWith("error")), false);
});

Deno.test("MemberlistDelegate without coordinates acks with nothing and measures nothing", () => {
  const { delegate } = build();
  strictEqual(delegate.ackPayload(), undefined);
  delegate.pingComplete(reportedMember("foo"), 5, new Uint8Array(0));
});

Deno.test("MemberlistDelegate hands pings to the coordinates", () => {
  const pings: string[] = [];
  const payload = Uint8Array.of(1, 2);
  const { delegate } = build({
    coordinates: {
      ackPayload: () => payload,
      pingComplete: (member, rtt, bytes) => pings.push(`${member.name} ${rtt} ${bytes.toHex()}`),
    },
  });
  strictEqual(delegate.ackPayload(), payload);
  delegate.pingComplete(reportedMember("foo"), 5, Uint8Array.of(9));
  deepStrictEqual(pings, ["foo 5 09"]);
  deepStrictEqual([...delegate.meta()], [255, 128]);
});
