/** What the process has taken of the machine so far; it takes no permission to ask. */

/** Returns the time of all processors in milliseconds, and the most bytes that were resident. */
export function processCost() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuTime: (userCPUTime + systemCPUTime) / 1000, peakMemory: maxRSS * 1024 };
}
