import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeTags } from "../../../../src/serf/tags.ts";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

Deno.test("MemberBook.memberJoined() lists a new member as alive, with its tags", () => {
  const { book, log, meter, ...parts } = new BookUnderTest();
  book.memberJoined(reportedMember("foo", { meta: encodeTags({ role: "web" }, 5) }));

  const entry = book.get("foo");
  strictEqual(entry?.member.status, "alive");
  strictEqual(entry?.statusTime, 0);
  strictEqual(entry?.member.tags.role, "web");
  strictEqual(parts.events.length, 1);
  strictEqual(log.lines.at(-1), "info EventMemberJoin: foo 10.0.0.102");
  strictEqual(meter.counters.get("serf.member.join"), 2);
  strictEqual(book.size, 2);
});

Deno.test("MemberBook.memberJoined() takes the status from an intent that came before", () => {
  const parts = new BookUnderTest();
  parts.intents.receiveLeave({ node: "goer", ltime: 7, prune: false });
  parts.intents.receiveJoin({ node: "comer", ltime: 8 });
  parts.book.memberJoined(reportedMember("goer"));
  parts.book.memberJoined(reportedMember("comer"));

  deepStrictEqual(parts.takeEvents(), ["member-join goer=leaving", "member-join comer=alive"]);
  strictEqual(parts.book.get("goer")?.statusTime, 7);
  strictEqual(parts.book.get("comer")?.statusTime, 8);
});

Deno.test("MemberBook.memberLeft() believes a goodbye although the intent was not believed", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("polite"));
  parts.takeEvents();
  parts.book.memberLeft({ ...reportedMember("polite"), state: "left" });
  deepStrictEqual(parts.takeEvents(), ["member-leave polite=left"]);
});

Deno.test("MemberBook.memberLeft() tells left from failed by the intent", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("polite"));
  parts.book.memberJoined(reportedMember("rude"));
  parts.intents.receiveLeave({ node: "polite", ltime: 3, prune: false });
  parts.takeEvents();
  parts.book.memberLeft(reportedMember("polite"));
  parts.book.memberLeft(reportedMember("rude"));

  deepStrictEqual(parts.takeEvents(), ["member-leave polite=left", "member-failed rude=failed"]);
  deepStrictEqual([...parts.book.left], ["polite"]);
  deepStrictEqual([...parts.book.failed], ["rude"]);
  strictEqual(parts.meter.counters.get("serf.member.left"), 1);
  strictEqual(parts.meter.counters.get("serf.member.failed"), 1);
});

Deno.test("MemberBook.memberLeft() ignores strangers and members gone already", () => {
  const parts = new BookUnderTest();
  parts.book.memberLeft(reportedMember("stranger"));
  parts.book.memberJoined(reportedMember("foo"));
  parts.book.memberLeft(reportedMember("foo"));
  parts.takeEvents();
  parts.clock.advance(500);
  parts.book.memberLeft(reportedMember("foo"));

  deepStrictEqual(parts.takeEvents(), []);
  strictEqual(parts.book.get("foo")?.goneSince, 1000);
});

Deno.test("MemberBook.memberJoined() welcomes back who was gone, and keeps the intent's time", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  parts.intents.receiveJoin({ node: "foo", ltime: 9 });
  parts.book.memberLeft(reportedMember("foo"));
  parts.takeEvents();
  parts.book.memberJoined(reportedMember("foo", { meta: encodeTags({ a: "b" }, 5) }));

  deepStrictEqual(parts.takeEvents(), ["member-join foo=alive"]);
  strictEqual(parts.book.failed.size, 0);
  strictEqual(parts.book.get("foo")?.statusTime, 9);
  strictEqual(parts.book.get("foo")?.member.tags.a, "b");
});

Deno.test("MemberBook counts a flap only if a failed member returns soon", () => {
  const parts = new BookUnderTest();
  const failAndReturnAfter = (absence: number) => {
    parts.book.memberLeft(reportedMember("foo"));
    parts.clock.advance(absence);
    parts.book.memberJoined(reportedMember("foo"));
    return parts.meter.counters.get("serf.member.flap") ?? 0;
  };
  parts.book.memberJoined(reportedMember("foo"));
  strictEqual(failAndReturnAfter(60_000), 0);
  strictEqual(failAndReturnAfter(59_999), 1);
});

Deno.test("MemberBook.memberUpdated() changes tags but not the status, of known members only", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  parts.intents.receiveLeave({ node: "foo", ltime: 3, prune: false });
  parts.takeEvents();
  const meta = encodeTags({ role: "db" }, 5);
  parts.book.memberUpdated(reportedMember("foo", { meta }));
  parts.book.memberUpdated(reportedMember("stranger", { meta }));

  deepStrictEqual(parts.takeEvents(), ["member-update foo=leaving"]);
  strictEqual(parts.book.get("foo")?.member.tags.role, "db");
  strictEqual(parts.book.get("stranger"), undefined);
  strictEqual(parts.log.lines.at(-1), "info EventMemberUpdate: foo");
});

Deno.test("MemberBook hands out pictures that later changes do not reach", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  const before = parts.book.get("foo")!.member;
  parts.book.memberLeft(reportedMember("foo"));
  strictEqual(before.status, "alive");
});

Deno.test("MemberBook.erase() forgets a member everywhere", () => {
  const parts = new BookUnderTest();
  parts.book.memberJoined(reportedMember("foo"));
  parts.book.memberLeft(reportedMember("foo"));
  parts.takeEvents();
  parts.book.erase("foo", "reaped");

  deepStrictEqual(parts.takeEvents(), ["member-reap foo=failed"]);
  strictEqual(parts.book.get("foo"), undefined);
  strictEqual(parts.book.failed.size, 0);
  deepStrictEqual(parts.erased, ["foo"]);
});

Deno.test("MemberBook.aliveOthers() leaves out the own name, and members that are leaving", () => {
  const parts = new BookUnderTest();
  deepStrictEqual(parts.book.aliveOthers(), []);
  parts.book.memberJoined(reportedMember("foo"));
  deepStrictEqual(parts.book.aliveOthers(), ["foo"]);
  parts.intents.receiveLeave({ node: "foo", ltime: 3, prune: false });
  deepStrictEqual(parts.book.aliveOthers(), []);
});
