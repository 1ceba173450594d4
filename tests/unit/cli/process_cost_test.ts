import assert from "node:assert/strict";
import { processCost } from "../../../src/cli/process_cost.ts";

Deno.test("processCost() counts the time of the processor in milliseconds, and bytes", () => {
  const before = processCost();
  const until = performance.now() + 20;
  while (performance.now() < until);
  const { cpuTime, peakMemory } = processCost();
  assert.ok(cpuTime > before.cpuTime && cpuTime - before.cpuTime < 10_000);
  assert.ok(peakMemory >= before.peakMemory && peakMemory > 10e6 && peakMemory < 1e12);
});
