import { ok, strictEqual } from "node:assert/strict";
import { addToHash, slotCount, slotOf } from "../../../src/bytes/slot_hash.ts";

/** Returns how many slots the numbers below `count` stand for, as texts behind a prefix. */
function slotsOf(prefix: string, count: number): Set<number> {
  const slots = new Set<number>();
  for (let i = 0; i < count; i++) {
    const text = `${prefix}${i}`;
    let hash = text.length;
    for (let at = 0; at < text.length; at++) hash = addToHash(hash, text.charCodeAt(at));
    slots.add(slotOf(hash));
  }
  return slots;
}

Deno.test("slotOf() returns the first slot of a pair, of any of them", () => {
  const slots = slotsOf("", 100_000);
  strictEqual(slots.size, slotCount / 2);
  for (const slot of slots) ok(slot % 2 === 0 && slot >= 0 && slot + 1 < slotCount);
});

Deno.test("slotOf() spreads names that differ in a digit as chance would", () => {
  // 2,000 strings at random would take 4096 * (1 - e^(-2000/4096)) = 1583 of 4096 pairs.
  for (const prefix of ["node-", "", "db.example.org/"]) {
    const { size } = slotsOf(prefix, 2000);
    ok(size > 1500, `${size} pairs for ${prefix}`);
  }
});
