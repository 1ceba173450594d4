import { ok, strictEqual } from "node:assert/strict";
import { denoRandom } from "../../../src/host/deno_random.ts";

Deno.test("denoRandom.uniform() and below() stay within their bounds and reach all of them", () => {
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 5000; i++) {
    const share = denoRandom.uniform();
    ok(share >= 0 && share < 1);
    const number = denoRandom.below(5);
    ok(Number.isInteger(number));
    counts[number]!++;
  }
  ok(counts.length === 5 && counts.every((count) => count > 500), counts.join());
  strictEqual(denoRandom.below(1), 0);
});

Deno.test("denoRandom.fill() fills a whole view, and nothing beside it", () => {
  const bytes = new Uint8Array(64);
  denoRandom.fill(bytes.subarray(16, 48));
  ok(bytes.subarray(0, 16).every((byte) => byte === 0));
  ok(bytes.subarray(48).every((byte) => byte === 0));
  // 32 random bytes: the chance that fewer than 16 differ is none to speak of.
  ok(new Set(bytes.subarray(16, 48)).size > 16);
});

Deno.test("denoRandom.fill() gives other bytes each time", () => {
  const draw = () => {
    const bytes = new Uint8Array(12);
    denoRandom.fill(bytes);
    return bytes.toHex();
  };
  strictEqual(new Set(Array.from({ length: 100 }, draw)).size, 100);
});
