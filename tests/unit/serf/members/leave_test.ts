import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import type { BroadcastQueue } from "../../../../src/memberlist/broadcasts/broadcast_queue.ts";
import { done, failure, type Result } from "../../../../src/ports/result.ts";
import { Leave } from "../../../../src/serf/members/leave.ts";
import { readLeave } from "../../../../src/serf/intent_messages.ts";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

function build() {
  const parts = new BookUnderTest();
  const steps: string[] = [];
  const confirmation: { confirmed: () => void } = { confirmed: () => {} };
  const membership: { answer: Result<void> } = { answer: done };
  const results: Result<void>[] = [];
  const leave: Leave = new Leave(parts, parts.book, parts.intents, () => {
    parts.current = "leaving";
    steps.push("recorded");
  });
  parts.memberlist.leave = (_timeout, finish) => {
    steps.push("left membership");
    parts.clock.after(10, () => finish(membership.answer));
  };
  const finish = (result: Result<void>) => results.push(result);
  const start = () =>
    leave.leave((_patience, confirmed) => {
      steps.push("asked");
      confirmation.confirmed = confirmed;
      return () => steps.push("stopped asking");
    }, finish);
  const queue = parts.lanes.intents;
  return { parts, queue, steps, confirmation, membership, leave, results, start, finish };
}

/** Hands out what is queued until all of it was told often enough. */
function tellAll(queue: BroadcastQueue): Uint8Array[] {
  const told: Uint8Array[] = [];
  while (queue.length > 0) queue.take(3, 1000, (message) => told.push(message.slice()));
  return told;
}

Deno.test("Leave.leave() tells others, leaves membership and lingers", () => {
  const { parts, queue, steps, leave, results, start } = build();
  parts.book.memberJoined(reportedMember("foo"));
  start();
  strictEqual(leave.progress, "leaving");
  strictEqual(parts.status("self"), "leaving");
  deepStrictEqual(steps, ["recorded", "asked"]);

  const intent = readLeave(new MsgpackReader(tellAll(queue)[0]!, 1));
  deepStrictEqual(intent, { ltime: 1, node: "self", prune: false });
  deepStrictEqual(steps, ["recorded", "asked"]);
  parts.clock.advance(0);
  deepStrictEqual(steps, ["recorded", "asked", "stopped asking", "left membership"]);
  parts.clock.advance(1009);
  strictEqual(leave.progress, "leaving");
  parts.clock.advance(1);
  strictEqual(leave.progress, "left");
  deepStrictEqual(results, [done]);
  strictEqual(parts.clock.pending, 0);
});

Deno.test("Leave.leave() goes on as soon as all say that they received it", () => {
  const { parts, queue, steps, confirmation, results, start } = build();
  parts.book.memberJoined(reportedMember("foo"));
  start();
  queue.take(3, 1000, () => {});
  parts.clock.advance(20);
  deepStrictEqual(steps, ["recorded", "asked"]);
  confirmation.confirmed();
  parts.clock.advance(0);
  deepStrictEqual(steps, ["recorded", "asked", "stopped asking", "left membership"]);
  // That the intent was told often enough, too, means nothing any more.
  tellAll(queue);
  parts.clock.advance(5000);
  deepStrictEqual(steps, ["recorded", "asked", "stopped asking", "left membership"]);
  deepStrictEqual(results, [done]);
});

Deno.test("Leave.leave() waits for nobody when alone", () => {
  const { parts, queue, results, start } = build();
  start();
  strictEqual(queue.length, 0);
  parts.clock.advance(1010);
  deepStrictEqual(results, [done]);
});

Deno.test("Leave.leave() goes on when nobody listens", () => {
  const { parts, membership, results, start } = build();
  parts.book.memberJoined(reportedMember("foo"));
  membership.answer = failure("timeout");
  start();
  parts.clock.advance(4999);
  strictEqual(parts.log.has("timeout"), false);
  parts.clock.advance(1 + 1010);
  deepStrictEqual(results, [done]);
  deepStrictEqual(parts.log.lines.filter((line) => line.startsWith("warn")), [
    "warn timeout while waiting for graceful leave",
    "warn timeout waiting for leave broadcast: timeout",
  ]);
});

Deno.test("Leave.leave() runs once", () => {
  const { parts, steps, results, start } = build();
  start();
  start();
  deepStrictEqual(results, [failure("Leave already in progress")]);
  parts.clock.advance(1010);
  start();
  strictEqual(results.length, 3);
  strictEqual(results[2]!.ok, true);
  strictEqual(steps.length, 2);
});

Deno.test("Leave.forceLeave() is done when others heard, and fails if they do not", () => {
  const { parts, queue, leave, results, finish } = build();
  parts.book.memberJoined(reportedMember("foo"));
  parts.book.memberJoined(reportedMember("gone"));
  parts.book.memberLeft(reportedMember("gone"));
  leave.forceLeave("gone", true, finish);
  strictEqual(parts.status("gone"), undefined);
  deepStrictEqual(results, []);
  deepStrictEqual(
    readLeave(new MsgpackReader(tellAll(queue)[0]!, 1)),
    { ltime: 1, node: "gone", prune: true },
  );
  parts.clock.advance(0);
  deepStrictEqual(results, [done]);

  leave.forceLeave("stranger", false, finish);
  parts.clock.advance(5000);
  deepStrictEqual(results[1], failure("timed out broadcasting node removal"));
  tellAll(queue);
  parts.clock.advance(10_000);
  strictEqual(results.length, 2);
});

Deno.test("Leave.forceLeave() of ourselves refutes", () => {
  const { parts, leave, finish } = build();
  leave.forceLeave("self", false, finish);
  strictEqual(parts.status("self"), "alive");
  strictEqual(parts.lanes.added.length, 1);
});

Deno.test("Leave.stop() leaves no timer behind", () => {
  const { parts, leave, results, finish, start } = build();
  parts.book.memberJoined(reportedMember("foo"));
  leave.forceLeave("bar", false, finish);
  start();
  strictEqual(parts.clock.pending, 2);
  leave.stop();
  strictEqual(parts.clock.pending, 0);
  deepStrictEqual(results, []);
});
