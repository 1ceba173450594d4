import assert from "node:assert/strict";
import { closestName, editDistance } from "../../../src/cli/suggestion.ts";

Deno.test("editDistance() counts changed, added, dropped and swapped letters", () => {
  assert.equal(editDistance("tags", "tags"), 0);
  assert.equal(editDistance("tgas", "tags"), 1);
  assert.equal(editDistance("tag", "tags"), 1);
  assert.equal(editDistance("tagss", "tags"), 1);
  assert.equal(editDistance("bags", "tags"), 1);
  assert.equal(editDistance("", "rtt"), 3);
});

Deno.test("closestName() finds what was mistyped", () => {
  assert.equal(closestName("memebrs", ["monitor", "members"]), "members");
  assert.equal(closestName("Members", ["monitor", "members"]), "members");
  assert.equal(closestName("joni", ["join", "info"]), "join");
});

Deno.test("closestName() guesses nothing when nothing is close", () => {
  assert.equal(closestName("frobnicate", ["force-leave", "members"]), undefined);
  assert.equal(closestName("xxx", ["rtt"]), undefined);
  assert.equal(closestName("xt", ["rtt"]), undefined);
});
