import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import type { BroadcastQueue } from "../../../src/memberlist/broadcasts/broadcast_queue.ts";
import { complete } from "../../../src/bytes/steps.ts";
import { writeEvent } from "../../../src/serf/events/event_message.ts";
import { writeJoin, writeLeave } from "../../../src/serf/intent_messages.ts";
import { readCoordinate } from "../../../src/serf/members/coordinates.ts";
import { maxGossipSize } from "../../../src/serf/message_type.ts";
import {
  writeQuery,
  writeRelayHeader,
  writeResponse,
} from "../../../src/serf/queries/query_messages.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { queryMessage } from "../../support/query_parts.ts";
import { reportedMember, takeEvents, WiredNode } from "../../support/serf_parts.ts";

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

/** A query, which differs from others by its number. */
function query(id: number): Uint8Array {
  return encoded((writer) => writeQuery(writer, queryMessage({ id })));
}

Deno.test("MemberlistDelegate.receiveMessage() sorts messages by their type byte", () => {
  const { delegate, delivered, log, members, memberlist } = new WiredNode();
  const response = { ltime: 3, id: 1, from: "late", flags: 0, payload: undefined };
  const address = { ip: Uint8Array.of(10, 0, 0, 7), port: 7946, zone: "" };
  const header = encoded((writer) => writeRelayHeader(writer, { address, name: "asker" }));
  delegate.receiveMessage(query(1));
  delegate.receiveMessage(encoded((writer) => writeResponse(writer, response)));
  delegate.receiveMessage(Uint8Array.of(...header, 0xcc));
  delegate.receiveMessage(encoded((writer) => writeJoin(writer, { ltime: 5, node: "new" })));
  deepStrictEqual(takeEvents(delivered), ["query"]);
  ok(log.has("reply for non-running query (LTime: 3, ID: 1) From: late"));
  deepStrictEqual(memberlist.sent, [{ to: "10.0.0.7:7946", message: Uint8Array.of(0xcc) }]);
  strictEqual(members.book.recentIntents.get("new")?.type, "join");
});

Deno.test("MemberlistDelegate.receiveMessage() passes news on byte for byte, unknown fields and all", () => {
  const { delegate, lanes } = new WiredNode();
  // Another key behind those we know, as a newer peer may add one.
  const leave = Uint8Array.fromHex(
    "0084a54c54696d6505a44e6f6465a3676f6ea55072756e65c2a35a65620a",
  );
  const event = encoded((writer) =>
    writeEvent(writer, { ltime: 3, name: "e", payload: undefined, coalesce: false })
  );
  delegate.receiveMessage(leave);
  delegate.receiveMessage(event);
  delegate.receiveMessage(query(1));
  deepStrictEqual(waiting(lanes.intents), [leave.toHex()]);
  deepStrictEqual(waiting(lanes.userEvents), [event.toHex()]);
  deepStrictEqual(waiting(lanes.queries), [query(1).toHex()]);
});

Deno.test("MemberlistDelegate.receiveMessage() keeps a copy: what it was given is only borrowed", () => {
  const { delegate, lanes } = new WiredNode();
  const packet = encoded((writer) => writeJoin(writer, { ltime: 5, node: "new" }));
  const original = packet.toHex();
  delegate.receiveMessage(packet);
  packet.fill(0xdb);
  deepStrictEqual(waiting(lanes.intents), [original]);
});

Deno.test("MemberlistDelegate.receiveMessage() passes nothing on that is no news", () => {
  const { delegate } = new WiredNode();
  const leave = encoded((writer) => writeLeave(writer, { ltime: 5, node: "gone", prune: false }));
  delegate.receiveMessage(leave);
  delegate.receiveMessage(query(1));
  for (const lane of delegate.lanes) lane.clear();
  delegate.receiveMessage(leave);
  delegate.receiveMessage(query(1));
  deepStrictEqual(delegate.lanes.map((lane) => lane.length), [0, 0, 0]);
});

Deno.test("MemberlistDelegate.receiveMessage() keeps each queue within twice its depth", () => {
  const { delegate, lanes } = new WiredNode({ maxQueueDepth: 2 });
  let longest = 0;
  for (let i = 0; i < 20; i++) {
    delegate.receiveMessage(query(i));
    longest = Math.max(longest, lanes.queries.length);
  }
  strictEqual(longest, 4);
});

Deno.test("MemberlistDelegate.receiveMessage() drops what it cannot read, with a complaint", () => {
  const { delegate, log } = new WiredNode();
  for (const hex of ["00", "01c3", "03", "0381a2434305", "0081a54c54696d65a0", "0b80", "ff"]) {
    delegate.receiveMessage(Uint8Array.fromHex(hex));
  }
  deepStrictEqual(delegate.lanes.map((lane) => lane.length), [0, 0, 0]);
  strictEqual(log.lines.filter((line) => line.startsWith("error ")).length, 7);
  ok(log.has("Received message of unknown type: 11"));
  ok(log.has("Error decoding message of type 3"));
});

Deno.test("MemberlistDelegate.receiveMessage() keeps nothing that is too long to spread", () => {
  const { delegate, log } = new WiredNode();
  const event = (length: number) =>
    encoded((writer) =>
      writeEvent(writer, { ltime: 3, name: "e", payload: new Uint8Array(length), coalesce: false })
    );
  delegate.receiveMessage(event(maxGossipSize));
  deepStrictEqual(delegate.lanes.map((lane) => lane.length), [0, 0, 0]);
  ok(log.has(`exceed the limit of ${maxGossipSize}`));
  delegate.receiveMessage(event(9000));
  deepStrictEqual(delegate.lanes.map((lane) => lane.length), [0, 0, 1]);
});

Deno.test("MemberlistDelegate.receiveMessage() ignores an empty message without a word", () => {
  const { delegate, log, meter } = new WiredNode();
  const lines = log.lines.length;
  delegate.receiveMessage(new Uint8Array(0));
  strictEqual(log.lines.length, lines);
  strictEqual(meter.samples.has("serf.msgs.received"), false);
});

Deno.test("MemberlistDelegate.receiveMessage() catches the peer's faults and not ours", () => {
  const { delegate, queries: { queries } } = new WiredNode();
  queries.receive = () => {
    throw new WireError("malformed", "no query");
  };
  delegate.receiveMessage(Uint8Array.of(4));
  queries.receive = () => {
    throw new TypeError("a mistake");
  };
  throws(() => delegate.receiveMessage(Uint8Array.of(4)), TypeError);
});

Deno.test("MemberlistDelegate tells the member book who joined, changed and left", () => {
  const { delegate, delivered, log } = new WiredNode();
  const member = reportedMember("foo");
  delegate.memberJoined(member);
  delegate.memberUpdated({ ...member, meta: Uint8Array.of(255, 0x81, 0xa1, 0x61, 0xa1, 0x62) });
  delegate.memberLeft(member);
  deepStrictEqual(takeEvents(delivered), [
    "member-join foo=alive",
    "member-update foo=alive",
    "member-failed foo=failed",
  ]);
  delegate.nameConflict(member, reportedMember("rival"));
  strictEqual(
    log.lines.at(-1),
    "warn Name conflict for 'foo' both 10.0.0.102:7946 and 10.0.0.114:7946 are claiming",
  );
});

Deno.test("MemberlistDelegate.localState() and mergeState() carry the Serf state over", () => {
  const { delegate: ours } = new WiredNode();
  const { delegate: theirs, clocks, log } = new WiredNode();
  ours.memberJoined(reportedMember("polite"));
  ours.receiveMessage(
    encoded((writer) => writeLeave(writer, { ltime: 9, node: "polite", prune: false })),
  );
  complete(theirs.mergeState(complete(ours.localState(true)), true, false));
  strictEqual(clocks.member.time > 9, true);
  strictEqual(log.lines.some((line) => line.startsWith("error")), false);
});

Deno.test("MemberlistDelegate without coordinates acks with nothing and measures nothing", () => {
  const { delegate, meter } = new WiredNode({ disableCoordinates: true });
  strictEqual(delegate.ackPayload(), undefined);
  delegate.pingComplete(reportedMember("foo"), 5, new Uint8Array(0));
  strictEqual(meter.samples.size, 0);
});

Deno.test("MemberlistDelegate hands pings to the coordinates", () => {
  const { delegate, members: { coordinates } } = new WiredNode();
  const payload = delegate.ackPayload()!.slice();
  delegate.pingComplete(reportedMember("foo"), 5, payload);
  deepStrictEqual(coordinates?.of("foo"), readCoordinate(new MsgpackReader(payload, 1)));
});

Deno.test("MemberlistDelegate.meta() holds the tags", () => {
  const { delegate, members } = new WiredNode({ protocolVersion: 5 });
  deepStrictEqual([...delegate.meta()], [255, 128]);
  members.tags = { a: "b" };
  deepStrictEqual(delegate.meta().toHex(), "ff81a161a162");
});
