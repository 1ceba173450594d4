import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { atOnce, complete, itemsPerSlice, slicesOf, type Steps } from "../../../src/bytes/steps.ts";

function* countTo(limit: number): Steps<number> {
  for (let i = 0; i < limit; i++) yield;
  return limit;
}

Deno.test("complete() does all of the work and returns what it comes to", () => {
  strictEqual(complete(countTo(0)), 0);
  strictEqual(complete(countTo(1000)), 1000);
});

Deno.test("atOnce() does nothing before the first step, and everything in it", () => {
  let runs = 0;
  const steps = atOnce(() => ++runs);
  strictEqual(runs, 0);
  deepStrictEqual(steps.next(), { done: true, value: 1 });
});

Deno.test("slicesOf() cuts a list into slices, of which only the last may be shorter", () => {
  deepStrictEqual([...slicesOf([])], []);
  const items = Array.from({ length: 2 * itemsPerSlice + 1 }, (_, i) => i);
  const slices = [...slicesOf(items)];
  deepStrictEqual(slices.map(({ length }) => length), [itemsPerSlice, itemsPerSlice, 1]);
  deepStrictEqual(slices.flat(), items);
  strictEqual([...slicesOf(items.slice(0, itemsPerSlice))].length, 1);
});
