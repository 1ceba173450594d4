import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { OldestFirstTier } from "../../../../src/memberlist/broadcasts/oldest_first_tier.ts";

function entry(order: number, length = 1) {
  return { order, length, isRemoved: false };
}

Deno.test("OldestFirstTier.takeNext() goes by age", () => {
  const tier = new OldestFirstTier();
  for (let order = 0; order < 200; order++) tier.add(entry(order, 200 - order));
  const taken = Array.from({ length: 200 }, () => tier.takeNext(1000)?.order);
  deepStrictEqual(taken, Array.from({ length: 200 }, (_, order) => order));
  strictEqual(tier.takeNext(1000), undefined);
});

Deno.test("OldestFirstTier.takeNext() passes over what does not fit, and keeps its place", () => {
  const tier = new OldestFirstTier();
  for (const [order, length] of [50, 60, 5, 70, 6].entries()) tier.add(entry(order, length));
  strictEqual(tier.takeNext(10)?.order, 2);
  strictEqual(tier.takeNext(10)?.order, 4);
  strictEqual(tier.takeNext(10), undefined);
  deepStrictEqual([1, 2, 3].map(() => tier.takeNext(100)?.order), [0, 1, 3]);
});

Deno.test("OldestFirstTier.takeNext() does not search far, so that a packet costs little", () => {
  const tier = new OldestFirstTier();
  for (let order = 0; order < 1000; order++) tier.add(entry(order, 50));
  tier.add(entry(1000, 5));
  strictEqual(tier.takeNext(10), undefined);
});

Deno.test("OldestFirstTier hands out nothing that was removed", () => {
  const tier = new OldestFirstTier();
  const entries = [0, 1, 2, 3].map((order) => entry(order));
  for (const each of entries) tier.add(each);
  entries[0]!.isRemoved = entries[2]!.isRemoved = true;
  strictEqual(tier.takeNext(9)?.order, 1);
  strictEqual(tier.takeLeast()?.order, 3);
  strictEqual(tier.takeLeast(), undefined);
});
