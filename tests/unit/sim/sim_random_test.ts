import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SimRandom } from "../../../src/sim/sim_random.ts";

function draw(random: SimRandom, count: number): number[] {
  return Array.from({ length: count }, () => random.uniform());
}

Deno.test("SimRandom repeats itself for one seed and differs for another", () => {
  deepStrictEqual(draw(new SimRandom(7), 20), draw(new SimRandom(7), 20));
  notDeepStrictEqual(draw(new SimRandom(7), 20), draw(new SimRandom(8), 20));
});

Deno.test("SimRandom gives the same history on every platform", () => {
  const random = new SimRandom(1);
  deepStrictEqual(Array.from({ length: 5 }, () => random.below(1000)), [91, 506, 888, 487, 434]);
});

Deno.test("SimRandom.fork() gives streams of their own", () => {
  const root = new SimRandom(3);
  notDeepStrictEqual(draw(root.fork(1), 20), draw(root.fork(2), 20));
  deepStrictEqual(draw(root.fork(1), 20), draw(root.fork(1), 20));
});

Deno.test("SimRandom spreads evenly", () => {
  const random = new SimRandom(99);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[random.below(10)]!++;
  for (const count of counts) ok(Math.abs(count - 10_000) < 500, `${counts}`);

  const bytes = new Uint8Array(10_000);
  random.fill(bytes);
  strictEqual(new Set(bytes).size, 256);
});
