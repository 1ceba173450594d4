import { ok, strictEqual } from "node:assert/strict";
import { runOrdeal } from "../../../src/sim/ordeal.ts";

Deno.test("runOrdeal() repeats a history exactly, and tells seeds apart", () => {
  const first = runOrdeal({ seed: 11 });
  strictEqual(first.failure, undefined);
  strictEqual(runOrdeal({ seed: 11 }).trace.hash, first.trace.hash);
  ok(runOrdeal({ seed: 12 }).trace.hash !== first.trace.hash);
  ok(first.checks > 1000);
  ok(first.agreedAfter! <= first.bound);
});

Deno.test("runOrdeal() hands out the trace line by line, logs included if wanted", () => {
  const lines: string[] = [];
  const { trace } = runOrdeal({ seed: 13, withLogs: true, onLine: (line) => lines.push(line) });
  strictEqual(lines.at(-1), trace.lines.at(-1));
  ok(lines.some((line) => /node-0 +info serf: EventMemberJoin: node-1/.test(line)));
});
