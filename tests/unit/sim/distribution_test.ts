import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { distributionOf } from "../../../src/sim/distribution.ts";

Deno.test("distributionOf() finds the ranks, in whatever order the times come", () => {
  const times = Array.from({ length: 1000 }, (_, i) => ((i * 7) % 1000) + 1);
  deepStrictEqual(distributionOf(times), {
    count: 1000,
    first: 1,
    median: 500,
    p90: 900,
    p99: 990,
    last: 1000,
  });
  deepStrictEqual(distributionOf([3]), { count: 1, first: 3, median: 3, p90: 3, p99: 3, last: 3 });
  strictEqual(distributionOf([]), undefined);
});
