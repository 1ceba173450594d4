/** What many samples say in one number. */

/** The value below which a share of the samples lies; NaN if there are none. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** The value in the middle; NaN if there are none. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** The greatest value; NaN if there are none. */
export function greatest(samples: readonly number[]): number {
  return samples.length === 0 ? NaN : Math.max(...samples);
}

/** The arithmetic mean; NaN if there are none. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}
