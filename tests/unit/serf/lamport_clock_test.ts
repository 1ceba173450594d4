import { strictEqual } from "node:assert/strict";
import { LamportClock, maxLead } from "../../../src/serf/lamport_clock.ts";

Deno.test("LamportClock moves past what it witnesses, and never back", () => {
  const clock = new LamportClock();
  strictEqual(clock.increment(), 1);
  clock.witness(5);
  strictEqual(clock.time, 6);
  clock.witness(3);
  strictEqual(clock.time, 6);
  clock.witness(6);
  strictEqual(clock.time, 7);
});

Deno.test("LamportClock.isPlausible() holds for the past and the nearer future", () => {
  const clock = new LamportClock();
  clock.witness(99);
  strictEqual(clock.isPlausible(0), true);
  strictEqual(clock.isPlausible(100 + maxLead), true);
  strictEqual(clock.isPlausible(101 + maxLead), false);
});
