import { ok, strictEqual } from "node:assert/strict";
import { referenceTicks } from "../../../src/sim/reference_ticks.ts";

Deno.test("referenceTicks() lets rounds come at ticks only", () => {
  const { nextTick } = referenceTicks("a");
  ok(nextTick);
  const tick = nextTick(1234);
  ok(tick >= 1234 && tick < 1434);
  strictEqual(nextTick(tick), tick);
  strictEqual(nextTick(tick + 1), tick + 200);
});

Deno.test("referenceTicks() gives members ticks at different times", () => {
  const ticks = Array.from({ length: 20 }, (_, i) => referenceTicks(`node-${i}`).nextTick?.(0));
  ok(new Set(ticks).size > 10, String(ticks));
});
