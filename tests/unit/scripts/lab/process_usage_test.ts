import assert from "node:assert/strict";
import { parseProcessorTime, parseResidentMemory } from "../../../../scripts/lab/process_usage.ts";

Deno.test("parseProcessorTime() adds both kinds of time, whatever the process is called", () => {
  const numbers = "S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0 12 0 3456";
  assert.equal(parseProcessorTime(`4711 (deno) ${numbers}`), 1750);
  assert.equal(parseProcessorTime(`4711 (a) b (c) ${numbers}`), 1750);
});

Deno.test("parseResidentMemory() finds the resident pages among all others", () => {
  const status = "Name:\tdeno\nVmPeak:\t  9000 kB\nVmRSS:\t   71884 kB\nRssAnon:\t 100 kB\n";
  assert.equal(parseResidentMemory(status), 71_884 * 1024);
  assert.equal(parseResidentMemory("Name:\tgone\n"), NaN);
});
