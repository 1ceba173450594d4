import assert from "node:assert/strict";
import { housePicture } from "../../../../scripts/house/picture.ts";

const files = new Map([
  ["README.md", "| `src/cli` | the `commands` |\n"],
  ["main.ts", 'import { a } from "./src/cli/a.ts";'],
  ["src/cli/a.ts", 'import "../bytes/b.ts"; import { w } from "./wing/w.ts";'],
  ["src/cli/wing/w.ts", 'import { v } from "../cellar/v.ts";'],
  ["src/cli/cellar/v.ts", 'import { b } from "../../bytes/b.ts";'],
  ["src/bytes/b.ts", 'import { assert } from "../assert.ts";'],
  ["src/assert.ts", ""],
]);

Deno.test("housePicture() draws folders with what they hold, their wings, and arrows for imports", () => {
  const svg = housePicture(files);
  const texts = [...svg.matchAll(/<text class="(?:small )?(?:name|about)"[^>]*>([^<]*)/g)];
  assert.deepEqual(texts.map(([, words]) => words), [
    "bytes",
    "cli",
    "the commands",
    "cellar",
    "wing",
    "main.ts",
  ]);
  // From main.ts to cli, from cli to bytes, between the wings, and the one of the legend.
  assert.equal(svg.match(/class="arrow"/g)?.length, 4);
});
