import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { itemsPerSlice } from "../../../../src/bytes/steps.ts";
import type { SerfSettings } from "../../../../src/serf/config.ts";
import { Reaper } from "../../../../src/serf/members/reaper.ts";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

function build(overrides: Partial<SerfSettings> = {}) {
  const parts = new BookUnderTest({
    reconnectTimeout: 100_000,
    tombstoneTimeout: 50_000,
    ...overrides,
  });
  const reaper = new Reaper(parts, parts.book);
  for (const name of ["failed", "left"]) parts.book.memberJoined(reportedMember(name));
  parts.intents.receiveLeave({ node: "left", ltime: 2, prune: false });
  for (const name of ["failed", "left"]) parts.book.memberLeft(reportedMember(name));
  parts.takeEvents();
  return { parts, reaper };
}

Deno.test("Reaper forgets who left after one timeout, and who failed after another", () => {
  const { parts, reaper } = build();
  reaper.start();
  parts.clock.advance(45_000);
  deepStrictEqual(parts.takeEvents(), []);
  parts.clock.advance(15_000);
  deepStrictEqual(parts.takeEvents(), ["member-reap left=left"]);
  strictEqual(parts.log.lines.at(-1), "info EventMemberReap: left");
  parts.clock.advance(45_000);
  deepStrictEqual(parts.takeEvents(), ["member-reap failed=failed"]);
  strictEqual(parts.status("self"), "alive");
  reaper.stop();
  strictEqual(parts.clock.pending, 0);
});

Deno.test("Reaper forgets a member only once its time is over, not when it is", () => {
  const { parts, reaper } = build();
  parts.clock.advance(50_000);
  reaper.reap();
  strictEqual(parts.status("left"), "left");
  parts.clock.advance(1);
  reaper.reap();
  strictEqual(parts.status("left"), undefined);
});

Deno.test("Reaper asks how long to wait for one member", () => {
  const { parts, reaper } = build({
    forgetAfter: (member, timeout) => member.name === "left" ? 10 * timeout : timeout,
  });
  parts.clock.advance(200_000);
  reaper.reap();
  deepStrictEqual(parts.takeEvents(), ["member-reap failed=failed"]);
});

Deno.test("Reaper drops intents that nobody came for", () => {
  const { parts, reaper } = build();
  parts.intents.receiveJoin({ node: "stranger", ltime: 9 });
  parts.clock.advance(300_000);
  reaper.reap();
  strictEqual(parts.book.recentIntents.get("stranger")?.ltime, 9);
  parts.clock.advance(1);
  reaper.reap();
  strictEqual(parts.book.recentIntents.get("stranger"), undefined);
});

Deno.test("Reaper forgets many in several turns, but nobody who comes back in between", () => {
  const { parts, reaper } = build();
  const names = Array.from({ length: 3 * itemsPerSlice }, (_, i) => `m${i}`);
  for (const name of names) parts.book.memberJoined(reportedMember(name));
  for (const name of names) parts.book.memberLeft(reportedMember(name));
  parts.clock.advance(100_001);
  parts.takeEvents();
  reaper.reap();
  strictEqual(parts.takeEvents().length, itemsPerSlice);
  const last = names.at(-1)!;
  parts.book.memberJoined(reportedMember(last));
  parts.clock.advance(0);
  strictEqual(parts.status(last), "alive");
  strictEqual(parts.status(names.at(-2)!), undefined);
  strictEqual(parts.book.size, 2);
});

Deno.test("Reaper.stop() also calls off what is left to forget", () => {
  const { parts, reaper } = build();
  const names = Array.from({ length: 2 * itemsPerSlice }, (_, i) => `m${i}`);
  for (const name of names) parts.book.memberJoined(reportedMember(name));
  for (const name of names) parts.book.memberLeft(reportedMember(name));
  parts.clock.advance(100_001);
  reaper.reap();
  reaper.stop();
  strictEqual(parts.clock.pending, 0);
});
