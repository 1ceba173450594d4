import assert from "node:assert/strict";
import { importsOf } from "../../../../scripts/house/imports.ts";

Deno.test("importsOf() finds imports of every kind, and leaves packages out", () => {
  const source = [
    'import { a, type B, c as d } from "./one.ts";',
    'import type { E } from "../two.ts";',
    "import {",
    "  f,",
    '} from "./three.ts";',
    'import * as g from "./four.ts";',
    'import "./five.ts";',
    'import i from "./default.ts";',
    'import j, { k } from "./both.ts";',
    'export { h } from "./six.ts";',
    'const lazy = await import("./seven.ts");',
    'import assert from "node:assert/strict";',
    'import { z } from "valibot";',
  ].join("\n");
  assert.deepEqual(importsOf("src/x/y.ts", source), [
    { path: "src/x/one.ts", names: ["a", "B", "c"] },
    { path: "src/two.ts", names: ["E"] },
    { path: "src/x/three.ts", names: ["f"] },
    { path: "src/x/four.ts", names: undefined },
    { path: "src/x/five.ts", names: undefined },
    { path: "src/x/default.ts", names: undefined },
    { path: "src/x/both.ts", names: ["k"] },
    { path: "src/x/six.ts", names: ["h"] },
    { path: "src/x/seven.ts", names: undefined },
  ]);
});
