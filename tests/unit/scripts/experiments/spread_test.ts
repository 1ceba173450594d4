import assert from "node:assert/strict";
import { spreadPicture } from "../../../../scripts/experiments/spread.ts";

Deno.test("spreadPicture() draws the same for the same seed, and other losses for another", () => {
  const once = spreadPicture({ members: 12, seed: 5, percent: 30 });
  assert.equal(once, spreadPicture({ members: 12, seed: 5, percent: 30 }));
  assert.notEqual(once, spreadPicture({ members: 12, seed: 6, percent: 30 }));
});

Deno.test("spreadPicture() shows that the tree reaches all where nothing is lost", () => {
  const svg = spreadPicture({ members: 12, seed: 5, percent: 0 });
  assert.equal(svg.match(/12 of 12 members have the event/g)?.length, 2);
  // The origin, and each other member where the packet arrives; one more is in the legend.
  assert.equal(svg.match(/<circle class="eager"/g)?.length, 13);
  assert.equal(svg.match(/class="cross"/g)?.length, 1);
});
