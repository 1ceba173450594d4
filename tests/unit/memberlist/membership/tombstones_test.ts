import { strictEqual } from "node:assert/strict";
import { maxTombstones, Tombstones } from "../../../../src/memberlist/membership/tombstones.ts";

Deno.test("Tombstones remember the last incarnation, until it is old", () => {
  const tombstones = new Tombstones();
  tombstones.add("a", 3, 1000);
  tombstones.add("b", 4, 2000);
  tombstones.add("a", 5, 3000);
  strictEqual(tombstones.get("a")?.incarnation, 5);
  tombstones.forgetBefore(2500);
  strictEqual(tombstones.get("b"), undefined);
  strictEqual(tombstones.size, 1);
  tombstones.delete("a");
  strictEqual(tombstones.size, 0);
});

Deno.test("Tombstones let the oldest go when there are too many", () => {
  const tombstones = new Tombstones();
  for (let i = 0; i <= maxTombstones; i++) tombstones.add(`node-${i}`, 1, i);
  strictEqual(tombstones.size, maxTombstones);
  strictEqual(tombstones.get("node-0"), undefined);
  strictEqual(tombstones.get("node-1")?.incarnation, 1);
});
