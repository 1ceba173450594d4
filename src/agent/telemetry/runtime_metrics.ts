/**
 * What the runtime says about itself, as gauges under the reference's names
 * where one fits (agent.md section 12.3).
 */

import type { Metrics } from "./metrics.ts";

/**
 * Measures at once and then regularly: each second for a metrics server, more seldom for
 * the memory alone, which keeps one value for ten seconds.
 *
 * @returns ends it.
 */
export function measureRuntime(metrics: Metrics): () => void {
  const measure = () => {
    const memory = Deno.memoryUsage();
    metrics.gauge("runtime.alloc_bytes", memory.heapUsed);
    metrics.gauge("runtime.sys_bytes", memory.rss);
  };
  measure();
  const timer = setInterval(measure, metrics.hasSinks ? 1000 : 10_000);
  return () => clearInterval(timer);
}
