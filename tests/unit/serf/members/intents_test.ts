import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { readJoin, readLeave } from "../../../../src/serf/intent_messages.ts";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

function bodyOf(message: Uint8Array): MsgpackReader {
  return new MsgpackReader(message, 1);
}

Deno.test("Intents.receiveLeave() about a failed member makes it left, as of its failure", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  parts.book.memberLeft(reportedMember("foo"));
  parts.clock.advance(5000);
  parts.takeEvents();

  strictEqual(parts.intents.receiveLeave({ node: "foo", ltime: 5, prune: false }), true);
  deepStrictEqual(parts.takeEvents(), ["member-leave foo=left"]);
  deepStrictEqual([...parts.book.left], ["foo"]);
  strictEqual(parts.book.failed.size, 0);
  strictEqual(parts.book.get("foo")?.goneSince, 1000);
  strictEqual(parts.log.lines.at(-1), "info EventMemberLeave (forced): foo 10.0.0.102");
});

Deno.test("Intents.receiveJoin() never revives a member that is gone", () => {
  const parts = new BookUnderTest();
  for (const name of ["failed", "left"]) parts.book.memberJoined(reportedMember(name));
  parts.intents.receiveLeave({ node: "left", ltime: 2, prune: false });
  parts.book.memberLeft(reportedMember("left"));
  parts.book.memberLeft(reportedMember("failed"));
  parts.takeEvents();

  strictEqual(parts.intents.receiveJoin({ node: "failed", ltime: 50 }), true);
  strictEqual(parts.intents.receiveJoin({ node: "left", ltime: 50 }), true);
  strictEqual(parts.status("failed"), "failed");
  strictEqual(parts.status("left"), "left");
  deepStrictEqual(parts.takeEvents(), []);
});

Deno.test("Intents ignores an intent as old as the last one, whatever its type", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  strictEqual(parts.intents.receiveJoin({ node: "foo", ltime: 5 }), true);
  strictEqual(parts.intents.receiveLeave({ node: "foo", ltime: 5, prune: true }), false);
  strictEqual(parts.intents.receiveJoin({ node: "foo", ltime: 5 }), false);
  strictEqual(parts.status("foo"), "alive");
});

Deno.test("Intents.receiveLeave() about ourselves is answered by a later join", () => {
  const parts = new BookUnderTest();
  strictEqual(parts.intents.receiveLeave({ node: "self", ltime: 10, prune: true }), false);

  strictEqual(parts.status("self"), "alive");
  strictEqual(parts.lanes.added.length, 1);
  strictEqual(parts.lanes.added[0]![0], 1);
  deepStrictEqual(readJoin(bodyOf(parts.lanes.added[0]!)), { ltime: 11, node: "self" });
  strictEqual(parts.clocks.member.time, 12);
  strictEqual(parts.book.get("self")?.statusTime, 11);
});

Deno.test("Intents.receiveLeave() about ourselves is believed once we mean to go", () => {
  const parts = new BookUnderTest();
  parts.current = "leaving";
  const message = parts.intents.makeLeave("self", false);

  strictEqual(parts.status("self"), "leaving");
  deepStrictEqual(readLeave(bodyOf(message)), { ltime: 1, node: "self", prune: false });
  strictEqual(parts.clocks.member.time, 2);
  deepStrictEqual(parts.lanes.added, []);
});

Deno.test("Intents.makeLeave() works for a name nobody knows", () => {
  const parts = new BookUnderTest();
  const message = parts.intents.makeLeave("stranger", true);
  deepStrictEqual(readLeave(bodyOf(message)), { ltime: 1, node: "stranger", prune: true });
  strictEqual(parts.book.recentIntents.get("stranger")?.type, "leave");
});

Deno.test("Intents witnesses the time also of what it ignores", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  parts.intents.receiveJoin({ node: "foo", ltime: 40 });
  parts.intents.receiveJoin({ node: "foo", ltime: 30 });
  strictEqual(parts.clocks.member.time, 41);
});
