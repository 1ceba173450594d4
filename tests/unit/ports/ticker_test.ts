import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Ticker } from "../../../src/ports/ticker.ts";
import type { Random } from "../../../src/ports/random.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { SimRandom } from "../../../src/sim/sim_random.ts";

/** Chance that always says the same. */
function always(value: number): Random {
  return { uniform: () => value, below: () => 0, fill() {} };
}

Deno.test("Ticker runs first after a part of the interval, then in step", () => {
  const clock = new SimClock(1000);
  const runs: number[] = [];
  const ticker = new Ticker(clock, () => 100, () => runs.push(clock.now()), always(0.25));
  ticker.start();
  clock.advance(330);
  deepStrictEqual(runs, [1025, 1125, 1225, 1325]);
});

Deno.test("Tickers that start together do not run together", () => {
  const clock = new SimClock();
  const random = new SimRandom(3);
  const first = new Set<number>();
  for (let i = 0; i < 50; i++) {
    let isFirst = true;
    new Ticker(clock, () => 100, () => {
      if (isFirst) first.add(clock.now());
      isFirst = false;
    }, random).start();
  }
  clock.advance(100);
  strictEqual(first.size, 50);
  ok(Math.min(...first) < 25 && Math.max(...first) > 75);
});

Deno.test("Ticker asks for the interval after each run", () => {
  const clock = new SimClock();
  const runs: number[] = [];
  let interval = 100;
  const ticker = new Ticker(clock, () => interval, () => {
    runs.push(clock.now());
    interval = 1000;
  }, always(0));
  ticker.start();
  clock.advance(2500);
  // The pause after the first run was booked before the interval changed.
  deepStrictEqual(runs, [0, 100, 1100, 2100]);
});

Deno.test("Ticker keeps its phase over time lost in a turn, and makes up for no more than one run", () => {
  const clock = new SimClock();
  const runs: number[] = [];
  const ticker = new Ticker(clock, () => 100, () => {
    runs.push(clock.now());
    if (runs.length === 2) clock.advance(30);
  }, always(0));
  ticker.start();
  clock.advance(350);
  deepStrictEqual(runs, [0, 100, 200, 300]);
});

Deno.test("Ticker.start() twice is one ticker, and an interval of 0 is none", () => {
  const clock = new SimClock();
  let runs = 0;
  const ticker = new Ticker(clock, () => 100, () => runs++, always(0.5));
  ticker.start();
  ticker.start();
  strictEqual(clock.pending, 1);
  new Ticker(clock, () => 0, () => runs++, always(0.5)).start();
  clock.advance(60);
  strictEqual(runs, 1);
});

Deno.test("Ticker.stop() ends it, also from within a run; it can start anew", () => {
  const clock = new SimClock();
  let runs = 0;
  const ticker: Ticker = new Ticker(clock, () => 100, () => {
    runs++;
    ticker.stop();
  }, always(0));
  ticker.start();
  clock.advance(1000);
  deepStrictEqual([runs, clock.pending], [1, 0]);
  ticker.start();
  clock.advance(1000);
  strictEqual(runs, 2);
  ticker.stop();
});

Deno.test("Ticker without chance runs first after a whole interval", () => {
  const clock = new SimClock();
  const runs: number[] = [];
  const ticker = new Ticker(clock, () => 100, () => runs.push(clock.now()));
  ticker.start();
  clock.advance(250);
  ticker.stop();
  deepStrictEqual(runs, [100, 200]);
});
