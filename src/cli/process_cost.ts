/** What the process has taken of the machine so far. */

import type { Milliseconds } from "../ports/clock.ts";

/** Time of the processor and memory, since the process started. */
export interface ProcessCost {
  /** On all processors together. */
  readonly cpuTime: Milliseconds;
  /** The most bytes that were resident at any time. */
  readonly peakMemory: number;
}

/** Returns what the process has taken so far; needs no permission. */
export function processCost(): ProcessCost {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuTime: (userCPUTime + systemCPUTime) / 1000, peakMemory: maxRSS * 1024 };
}
