import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { SimClock } from "../../../src/sim/sim_clock.ts";

Deno.test("SimClock.advance() runs actions at their own times, also those booked meanwhile", () => {
  const clock = new SimClock();
  const seen: number[] = [];
  clock.after(10, () => {
    seen.push(clock.now());
    clock.after(5, () => seen.push(clock.now()));
  });
  clock.advance(12);
  deepStrictEqual(seen, [10]);
  strictEqual(clock.now(), 12);
  clock.advance(100);
  deepStrictEqual(seen, [10, 15]);
  strictEqual(clock.now(), 112);
});

Deno.test("SimClock.after(0) runs in a later turn", () => {
  const clock = new SimClock();
  let ran = false;
  clock.after(0, () => ran = true);
  strictEqual(ran, false);
  clock.advance(0);
  strictEqual(ran, true);
});

Deno.test("SimClock.advanceUntil() stops at the moment, or at the limit", () => {
  const clock = new SimClock();
  let count = 0;
  for (let at = 10; at <= 50; at += 10) clock.after(at, () => count++);
  strictEqual(clock.advanceUntil(() => count === 3, 1000), true);
  strictEqual(clock.now(), 30);
  strictEqual(clock.advanceUntil(() => count === 99, 1000), false);
  strictEqual(clock.now(), 1030);
  strictEqual(count, 5);
});
