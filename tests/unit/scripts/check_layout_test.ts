import assert from "node:assert/strict";
import { judgeLayout } from "../../../scripts/check_layout.ts";

function judge(files: Readonly<Record<string, string>>): string[] {
  return judgeLayout(new Map(Object.entries(files)));
}

Deno.test("judgeLayout() finds nothing wrong with files in order", () => {
  const files = {
    "README.md": "See `src/docs/a.md`.",
    ".gitignore": "",
    "main.ts": 'import { a } from "./src/wing/a.ts";',
    "src/wing/a.ts": "export const a = 1;",
    "src/docs/a.md": "",
    "src/docs/a.svg": "",
    "tests/unit/wing/a_test.ts": "",
  };
  assert.deepEqual(judge(files), []);
});

Deno.test("judgeLayout() names what does not belong at the top", () => {
  assert.deepEqual(judge({ "notes/a.md": "", "notes/b.md": "" }), [
    "notes: does not belong at the top level",
  ]);
});

Deno.test("judgeLayout() wants snake_case, and pages and pictures only in docs", () => {
  assert.deepEqual(judge({ "src/fooBar.ts": "", "src/wing/a.svg": "" }), [
    "src/fooBar.ts: name files in snake_case",
    "src/wing/a.svg: name files in snake_case",
  ]);
});

Deno.test("judgeLayout() wants a test for code, beside it or one that names it", () => {
  const source = "const a = 1;";
  assert.deepEqual(judge({ "src/a.ts": source }), ["src/a.ts: no test imports it"]);
  assert.deepEqual(judge({ "src/a.ts": source, "tests/x_test.ts": '"../src/a.ts"' }), []);
  assert.deepEqual(judge({ "src/a.ts": "interface A {}" }), []);
});

Deno.test("judgeLayout() keeps tests out of scripts", () => {
  assert.deepEqual(judge({ "scripts/a.ts": 'import { b } from "../tests/b.ts";' }), [
    "scripts/a.ts: scripts do not import from tests",
  ]);
});

Deno.test("judgeLayout() looks for unused exports and dead references", () => {
  assert.deepEqual(judge({ "scripts/a.ts": "/** See `b.ts`. */\nexport const a = 1;" }), [
    'scripts/a.ts: nobody needs the export "a"',
    'scripts/a.ts: no file "b.ts"',
  ]);
});
