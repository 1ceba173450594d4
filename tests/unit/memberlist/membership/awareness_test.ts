import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Awareness } from "../../../../src/memberlist/membership/awareness.ts";

Deno.test("Awareness keeps its score between healthy and the limit, and tells of each new one", () => {
  const told: number[] = [];
  const awareness = new Awareness(4, (score) => told.push(score));
  for (const delta of [-1, 1, 1, 5, 1, 0, -2, -5]) awareness.change(delta);
  strictEqual(awareness.score, 0);
  deepStrictEqual(told, [1, 2, 3, 1, 0]);
});

Deno.test("Awareness.stretch() gives more time the worse the score is", () => {
  const awareness = new Awareness(8);
  strictEqual(awareness.stretch(100), 100);
  awareness.change(3);
  strictEqual(awareness.stretch(100), 400);
});
