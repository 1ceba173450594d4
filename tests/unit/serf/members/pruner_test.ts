import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

function leavingMember(): BookUnderTest {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  parts.intents.receiveLeave({ node: "foo", ltime: 5, prune: true });
  parts.takeEvents();
  return parts;
}

Deno.test("Pruner.prune() forgets a failed member at once", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  parts.book.memberLeft(reportedMember("foo"));
  parts.takeEvents();
  parts.intents.receiveLeave({ node: "foo", ltime: 5, prune: true });

  deepStrictEqual(parts.takeEvents(), ["member-leave foo=left", "member-reap foo=left"]);
  strictEqual(parts.log.lines.at(-1), "info EventMemberReap (forced): foo 10.0.0.102");
  strictEqual(parts.clock.pending, 0);
});

Deno.test("Pruner.prune() gives a leaving member its time, and then forgets it", () => {
  const parts = leavingMember();
  parts.clock.advance(1000);
  parts.book.memberLeft(reportedMember("foo"));
  deepStrictEqual(parts.takeEvents(), ["member-leave foo=left"]);

  parts.clock.advance(4999);
  strictEqual(parts.status("foo"), "left");
  parts.clock.advance(1);
  deepStrictEqual(parts.takeEvents(), ["member-reap foo=left"]);
});

Deno.test("Pruner.prune() spares a member that refutes meanwhile", () => {
  const parts = leavingMember();
  parts.intents.receiveJoin({ node: "foo", ltime: 6 });
  parts.clock.advance(60_000);
  strictEqual(parts.status("foo"), "alive");
  strictEqual(parts.clock.pending, 0);
});

Deno.test("Pruner.prune() waits on while a member is neither gone nor staying", () => {
  const parts = leavingMember();
  parts.clock.advance(9000);
  strictEqual(parts.status("foo"), "leaving");
  parts.book.memberLeft(reportedMember("foo"));
  parts.clock.advance(6000);
  strictEqual(parts.status("foo"), undefined);
});

Deno.test("Pruner.stop() leaves no timer behind", () => {
  const parts = leavingMember();
  strictEqual(parts.clock.pending, 1);
  parts.pruner.stop();
  strictEqual(parts.clock.pending, 0);
});
