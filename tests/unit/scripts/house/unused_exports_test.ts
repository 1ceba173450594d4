import assert from "node:assert/strict";
import { unusedExports } from "../../../../scripts/house/unused_exports.ts";

/** Judges one module beside others. */
function judge(
  source: string,
  others: Readonly<Record<string, string>> = {},
  security = "",
): string[] {
  return unusedExports(new Map(Object.entries({ "src/a.ts": source, ...others })), security);
}

Deno.test("unusedExports() names a value that no module imports", () => {
  const source = "export function a() {}\n\na();\n";
  assert.deepEqual(judge(source), ['src/a.ts: nobody needs the export "a"']);
  assert.deepEqual(judge(source, { "scripts/b.ts": 'import { a } from "../src/a.ts";' }), []);
  assert.deepEqual(judge(source, { "main.ts": 'const { a } = await import("./src/a.ts");' }), []);
  assert.deepEqual(judge("export const {\n  read: readA,\n} = b();\n"), [
    'src/a.ts: nobody needs the export "readA"',
  ]);
});

Deno.test("unusedExports() takes a test for a user only of what its module uses", () => {
  const test = { "tests/a_test.ts": 'import { a } from "../src/a.ts";' };
  assert.deepEqual(judge("export const a = 1;\nuse(a);", test), []);
  assert.deepEqual(judge("/** Tells a. */\nexport const a = 1; // for the test of a", test), [
    'src/a.ts: nobody needs the export "a"',
  ]);
});

Deno.test("unusedExports() lets tests share what scripts declare", () => {
  const modules = new Map([
    ["scripts/a.ts", "export const a = 1;"],
    ["tests/a_test.ts", 'import { a } from "../scripts/a.ts";'],
  ]);
  assert.deepEqual(unusedExports(modules, ""), []);
});

Deno.test("unusedExports() leaves what the table of limits names", () => {
  assert.deepEqual(judge("export const maxA = 1;", {}, "| `maxA` in `src/a.ts` |"), []);
});

Deno.test("unusedExports() lets a type stand beside what speaks of it, and no other", () => {
  const type = "export interface A {}\n";
  assert.deepEqual(judge(`${type}function b(a: A) {}`), []);
  assert.deepEqual(judge(type), ['src/a.ts: nobody needs the export "A"']);
});

Deno.test("unusedExports() leaves the library's surface to other projects", () => {
  const modules = new Map([["src/mod.ts", 'export { a } from "./a.ts";'], [
    "src/a.ts",
    "export const a = 1;",
  ]]);
  assert.deepEqual(unusedExports(modules, ""), []);
});
