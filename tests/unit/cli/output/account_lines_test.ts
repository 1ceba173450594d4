import assert from "node:assert/strict";
import { accountLines, type ToldFact } from "../../../../src/cli/output/account_lines.ts";

const now = "2026-12-01T17:00:10.000Z";
const time = "2026-12-01T17:00:05.000Z";

/** The sentences about facts, without the time, the standing and the last line. */
function sentences(...facts: { readonly type: string; readonly [detail: string]: unknown }[]) {
  const story: ToldFact[] = facts.map((fact) => ({ time, ...fact }));
  const lines = accountLines({ member: "web", witness: "db", now, story });
  return lines.slice(1, -1).map((line) => line.slice(time.length + 2));
}

Deno.test("accountLines() says how a member stands, tells its story, and whose view that is", () => {
  const lines = accountLines({
    member: "web",
    witness: "db",
    now,
    status: "failed",
    address: "10.0.0.1:7946",
    seenFrom: "10.0.0.9:7946",
    packetAt: "2026-12-01T17:00:02.500Z",
    story: [{ time, type: "suspected", by: "cache" }],
  });
  assert.deepEqual(lines, [
    "web (10.0.0.1:7946) is failed; last heard by packet 7.5 s ago from 10.0.0.9:7946, " +
    "by stream never, as far as is known.",
    `${time}  cache accused it: it may have failed.`,
    "This is what db alone saw. Other agents may have seen something else.",
  ]);
});

Deno.test("accountLines() tells whether a failure was found here or claimed by another", () => {
  assert.deepEqual(
    sentences(
      { type: "probe-relayed", helpers: ["a", "b"] },
      { type: "probe-nack", from: "10.0.0.2:7946" },
      { type: "probe-failed", took: 1000.4, nacks: 1, nacksExpected: 2 },
      { type: "suspected", by: "db" },
      { type: "suspicion-confirmed", by: "a", remaining: 1540 },
      { type: "suspicion-expired", confirmations: 1 },
      { type: "declared-failed", by: "db" },
      { type: "declared-failed", by: "a" },
      { type: "suspicion-refuted" },
      { type: "probe-answered", path: "stream", took: 3 },
      { type: "member-alive", address: "10.0.0.1:7946" },
      { type: "member-gone" },
    ),
    [
      "No answer to a ping in time; asked a, b to ping it.",
      "The helper at 10.0.0.2:7946 had no answer from it either.",
      "No answer at all within 1000 ms; 1 of 2 helpers said that they had none either.",
      "db (this agent) accused it: it may have failed.",
      "a confirmed that; 1.5 s were left to refute it.",
      "The time to refute was over; 1 other had confirmed.",
      "db (this agent) declared it failed, as its own timer ran out.",
      "Declared failed, as a claimed.",
      "It refuted that: it said that it is alive.",
      "It answered a ping over a stream only: packets do not arrive, after 3 ms.",
      "It was back, at 10.0.0.1:7946.",
      "It said goodbye.",
    ],
  );
});

Deno.test("accountLines() escapes what others chose, also in facts that it does not know", () => {
  const [accused, unknown] = sentences(
    { type: "suspected", by: "a\x1b[2J\u202e" },
    { type: "struck", by: "\x9b" },
  );
  assert.equal(accused, "a\\x1b[2J\\u202e accused it: it may have failed.");
  assert.match(unknown!, /^\{.*"struck","by":"\\u009b"\}$/);
});

Deno.test("accountLines() says that there was no trouble, and tells an agent's own story as such", () => {
  const quiet = accountLines({ member: "web", witness: "db", now, story: [] });
  assert.equal(quiet[1], "Nothing is known against it: it had no trouble.");
  const own = accountLines({
    member: "db",
    witness: "db",
    now,
    status: "alive",
    story: [
      { time, type: "stalled", took: 3200 },
      { time, type: "refuting", claim: "suspect", by: "web" },
      { time, type: "health-changed", score: 2 },
    ],
  });
  assert.deepEqual(own, [
    "db is alive; it is the agent that was asked.",
    `${time}  It did not run for about 3.2 s.`,
    `${time}  It refuted web, who suspected it.`,
    `${time}  It found that it does badly itself (health score 2).`,
    "This is what db alone saw of itself. Other agents may have seen something else.",
  ]);
});
