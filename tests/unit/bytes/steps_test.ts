import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { atOnce, complete, type Steps } from "../../../src/bytes/steps.ts";

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
