/** What every `Clock` promises, whoever provides it. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Clock, Milliseconds } from "../../src/ports/clock.ts";

/** A clock to test, and how to let its time pass. */
export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least `duration` pass, and everything run that was due. */
  pass(duration: Milliseconds): Promise<void>;
  stop(): void;
}

/** Registers the suite for one kind of clock. */
export function testClock(kind: string, create: () => ClockUnderTest): void {
  const test = (title: string, body: (subject: ClockUnderTest) => Promise<void>) => {
    Deno.test(`${kind} ${title}`, async () => {
      const subject = create();
      try {
        await body(subject);
      } finally {
        subject.stop();
      }
    });
  };

  test("never runs an action inside the turn that books it", async ({ clock, pass }) => {
    let isOver = false;
    let ranAfter = false;
    clock.after(0, () => ranAfter = isOver);
    isOver = true;
    await pass(5);
    ok(ranAfter);
  });

  test("runs actions by deadline, and equal ones in the order of booking", async (subject) => {
    const order: string[] = [];
    subject.clock.after(20, () => order.push("late"));
    subject.clock.after(5, () => order.push("first"));
    subject.clock.after(10, () => order.push("second"));
    await subject.pass(40);
    deepStrictEqual(order, ["first", "second", "late"]);
  });

  test("never runs an action early", async ({ clock, pass }) => {
    const start = clock.now();
    let ranAt = 0;
    clock.after(10.5, () => ranAt = clock.now());
    await pass(30);
    ok(ranAt - start >= 10.5, `ran after ${ranAt - start} ms`);
  });

  test("does not run what was cancelled, however often", async ({ clock, pass }) => {
    let runs = 0;
    const timer = clock.after(5, () => runs++);
    timer.cancel();
    timer.cancel();
    await pass(20);
    strictEqual(runs, 0);
  });

  test("takes a cancellation after the action ran", async ({ clock, pass }) => {
    let runs = 0;
    const timer = clock.after(1, () => runs++);
    await pass(10);
    timer.cancel();
    strictEqual(runs, 1);
  });

  test("runs what an action books in its turn", async ({ clock, pass }) => {
    const order: number[] = [];
    clock.after(1, () => {
      order.push(1);
      clock.after(0, () => order.push(3));
      order.push(2);
    });
    await pass(20);
    deepStrictEqual(order, [1, 2, 3]);
  });

  test("waits for delays longer than the platform's timers can", async ({ clock, pass }) => {
    let runs = 0;
    const timer = clock.after(40 * 24 * 3600 * 1000, () => runs++);
    await pass(20);
    strictEqual(runs, 0);
    timer.cancel();
  });
}
