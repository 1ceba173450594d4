import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { LongestFirstTier } from "../../../../src/memberlist/broadcasts/longest_first_tier.ts";

function build(...lengths: number[]) {
  const tier = new LongestFirstTier();
  const entries = lengths.map((length, order) => ({ order, length, isRemoved: false }));
  for (const entry of entries) tier.add(entry);
  return { tier, entries };
}

Deno.test("LongestFirstTier.takeNext() takes the longest that fits, and of equals the newest", () => {
  const { tier } = build(3, 9, 5, 9, 5);
  const taken = [9, 8, 100, 4, 100].map((limit) => tier.takeNext(limit)?.order);
  deepStrictEqual(taken, [3, 4, 1, 0, 2]);
  strictEqual(tier.takeNext(100), undefined);
});

Deno.test("LongestFirstTier.takeLeast() takes the shortest, and of equals the oldest", () => {
  const { tier } = build(3, 9, 3, 1);
  deepStrictEqual([1, 2, 3, 4, 5].map(() => tier.takeLeast()?.order), [3, 0, 2, 1, undefined]);
});

Deno.test("LongestFirstTier hands out nothing that was removed", () => {
  const { tier, entries } = build(9, 9, 3);
  entries[1]!.isRemoved = true;
  strictEqual(tier.takeNext(100)?.order, 0);
  entries[2]!.isRemoved = true;
  strictEqual(tier.takeLeast(), undefined);
});
