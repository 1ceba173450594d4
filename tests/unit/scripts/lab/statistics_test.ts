import assert from "node:assert/strict";
import { greatest, mean, median, percentile } from "../../../../scripts/lab/statistics.ts";

const hundred = Array.from({ length: 100 }, (_, index) => (index * 37) % 100);

Deno.test("percentile() orders the samples by value and leaves them as they are", () => {
  const samples = [10, 9, 100];
  assert.equal(percentile(samples, 0), 9);
  assert.equal(percentile(samples, 0.5), 10);
  assert.equal(percentile(samples, 1), 100);
  assert.deepEqual(samples, [10, 9, 100]);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
});

Deno.test("median(), greatest() and mean() have no number for no samples", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(greatest([3, 10, 2]), 10);
  assert.equal(mean([3, 10, 2]), 5);
  for (const summary of [median, greatest, mean]) assert.equal(summary([]), NaN);
});
