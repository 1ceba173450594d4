import { strictEqual } from "node:assert/strict";
import { Budget } from "../../../src/ports/budget.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";

Deno.test("Budget may be spent at once, and comes back steadily, up to its size", () => {
  const clock = new SimClock();
  const budget = new Budget(clock, 100, 1000);
  strictEqual(budget.hasRoom(), true);
  budget.spend(150);
  strictEqual(budget.hasRoom(), false);
  clock.advance(500);
  strictEqual(budget.hasRoom(), false);
  clock.advance(10);
  strictEqual(budget.hasRoom(), true);
  clock.advance(1_000_000);
  budget.hasRoom();
  budget.spend(100);
  strictEqual(budget.hasRoom(), false);
});

Deno.test("Budget does not shrink when its clock is set back", () => {
  let now = 5000;
  const budget = new Budget({ now: () => now }, 100, 1000);
  budget.spend(100);
  now = 0;
  strictEqual(budget.hasRoom(), false);
  now = 100;
  strictEqual(budget.hasRoom(), true);
});
