import assert from "node:assert/strict";
import {
  describeGoal,
  fewer,
  judge,
  none,
  ratioAtLeast,
  ratioAtMost,
  valueAtLeast,
  valueAtMost,
} from "../../../../scripts/lab/goal.ts";

Deno.test("judge() holds the ratio of both values to a goal that is relative", () => {
  assert.equal(judge(ratioAtMost(1 / 50), 8, 400), "met");
  assert.equal(judge(ratioAtMost(1 / 50), 8.1, 400), "missed");
  assert.equal(judge(ratioAtLeast(5), 500, 100), "met");
  assert.equal(judge(ratioAtLeast(5), 499, 100), "missed");
});

Deno.test("judge() needs no reference for a goal that is not relative", () => {
  assert.equal(judge(valueAtMost(2), 2, undefined), "met");
  assert.equal(judge(valueAtMost(2), 2.1, 100), "missed");
  assert.equal(judge(valueAtLeast(1000), 999, undefined), "missed");
  assert.equal(judge(none, 0, undefined), "met");
  assert.equal(judge(none, 1, 2), "missed");
});

Deno.test("judge() takes never for fewer, even where the reference never did it either", () => {
  assert.equal(judge(fewer, 2, 3), "met");
  assert.equal(judge(fewer, 3, 3), "missed");
  assert.equal(judge(fewer, 0, 0), "met");
  assert.equal(judge(fewer, 0, undefined), "met");
});

Deno.test("judge() says nothing where there is nothing to judge by", () => {
  assert.equal(judge(undefined, 1, 1), undefined);
  assert.equal(judge(none, undefined, 0), undefined);
  assert.equal(judge(ratioAtMost(1), 1, undefined), undefined);
  assert.equal(judge(ratioAtMost(1), 1, NaN), undefined);
  assert.equal(judge(ratioAtMost(1), 1, 0), undefined);
  assert.equal(judge(fewer, 1, undefined), undefined);
});

Deno.test("judge() calls a goal missed if what was to be measured never happened", () => {
  assert.equal(judge(ratioAtMost(1), NaN, 400), "missed");
  assert.equal(judge(valueAtMost(2), NaN, undefined), "missed");
});

Deno.test("describeGoal() writes small shares as fractions", () => {
  assert.equal(describeGoal(ratioAtMost(1 / 50)), "ratio ≤ 1/50");
  assert.equal(describeGoal(ratioAtMost(0.95)), "ratio ≤ 0.95");
  assert.equal(describeGoal(ratioAtLeast(5)), "ratio ≥ 5");
  assert.equal(describeGoal(valueAtMost(1.25)), "≤ 1.25");
  assert.equal(describeGoal(valueAtLeast(1000)), "≥ 1000");
  assert.equal(describeGoal(none), "none");
  assert.equal(describeGoal(fewer), "fewer");
  assert.equal(describeGoal(undefined), "");
});
