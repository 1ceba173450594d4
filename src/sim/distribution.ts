/** The distribution of measured times, in the few numbers that people ask for. */

import type { Milliseconds } from "../ports/clock.ts";

/** The smallest, the median and the largest of many times, and two percentiles. */
export type Distribution = NonNullable<ReturnType<typeof distributionOf>>;

/** Returns the distribution of some times; `undefined` if there are none. */
export function distributionOf(times: readonly Milliseconds[]) {
  if (times.length === 0) return undefined;
  const sorted = Float64Array.from(times).sort();
  const at = (share: number): Milliseconds => sorted[Math.ceil(share * sorted.length) - 1]!;
  return {
    count: sorted.length,
    first: sorted[0]!,
    median: at(0.5),
    /** 90 and 99 of 100 were no longer. */
    p90: at(0.9),
    p99: at(0.99),
    last: at(1),
  };
}
