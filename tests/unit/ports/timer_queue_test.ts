import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { TimerQueue } from "../../../src/ports/timer_queue.ts";

/** Runs all that is due at `now` and returns what ran. */
function drain(queue: TimerQueue, now: number): void {
  for (let action = queue.takeDue(now); action; action = queue.takeDue(now)) action();
}

Deno.test("TimerQueue.takeDue() goes by deadline, then by order of booking", () => {
  const ran: string[] = [];
  const queue = new TimerQueue();
  queue.add(20, () => ran.push("late"));
  queue.add(10, () => ran.push("first"));
  queue.add(10, () => ran.push("second"));

  drain(queue, 9);
  deepStrictEqual(ran, []);
  drain(queue, 20);
  deepStrictEqual(ran, ["first", "second", "late"]);
  strictEqual(queue.nextDeadline, undefined);
});

Deno.test("TimerQueue does not run what was cancelled, and cancelling twice is harmless", () => {
  const ran: string[] = [];
  const queue = new TimerQueue();
  const timer = queue.add(10, () => ran.push("cancelled"));
  queue.add(11, () => ran.push("kept"));
  timer.cancel();
  timer.cancel();

  strictEqual(queue.size, 1);
  strictEqual(queue.nextDeadline, 11);
  drain(queue, 30);
  deepStrictEqual(ran, ["kept"]);
  timer.cancel();
  strictEqual(queue.size, 0);
});

Deno.test("TimerQueue forgets cancelled timers instead of keeping them until their time", () => {
  const queue = new TimerQueue();
  const kept = queue.add(1e9, () => {});
  for (let i = 0; i < 10_000; i++) queue.add(1e9 + i, () => {}).cancel();
  strictEqual(queue.size, 1);
  strictEqual(queue.nextDeadline, 1e9);
  kept.cancel();
  strictEqual(queue.nextDeadline, undefined);
});

Deno.test("TimerQueue agrees with a sorted list, whatever is added and cancelled", () => {
  const bookings = fc.array(fc.record({ deadline: fc.nat(50), cancel: fc.boolean() }), {
    maxLength: 400,
  });
  fc.assert(fc.property(bookings, (list) => {
    const queue = new TimerQueue();
    const ran: number[] = [];
    const timers = list.map(({ deadline }, i) => queue.add(deadline, () => ran.push(i)));
    list.forEach(({ cancel }, i) => cancel && timers[i]!.cancel());
    drain(queue, 50);

    const expected = list.map((booking, i) => ({ ...booking, i }))
      .filter(({ cancel }) => !cancel)
      .sort((a, b) => a.deadline - b.deadline || a.i - b.i)
      .map(({ i }) => i);
    deepStrictEqual(ran, expected);
  }));
});
