import assert from "node:assert/strict";
import { formatTable, visible } from "../../../../src/cli/output/table.ts";

Deno.test("formatTable() aligns columns and does not pad the last field", () => {
  assert.equal(formatTable([["a", "bbb", "c"], ["aaa", "b", "cc"]]), "a    bbb  c\naaa  b    cc");
});

Deno.test("formatTable() ends a line in two blanks if its last field is empty", () => {
  assert.equal(formatTable([["a", ""], ["b", "x"]]), "a  \nb  x");
});

Deno.test("formatTable() measures a column over the rows that have it", () => {
  assert.equal(formatTable([["a"], ["aaa", "b"], ["a", "b"]]), "a\naaa  b\na    b");
});

Deno.test("formatTable() counts code points and trims fields", () => {
  assert.equal(formatTable([["😀é", "x"], [" abc ", "y"]]), "😀é   x\nabc  y");
});

Deno.test("formatTable() keeps a | inside its field and a newline inside its row", () => {
  assert.equal(formatTable([["a|b\nc", "x"], ["d", "y"]]), "a|b\\nc  x\nd       y");
});

Deno.test("visible() escapes what could drive a terminal, and nothing else", () => {
  assert.equal(visible("\x1b[2J\x9b\u202ea"), "\\x1b[2J\\u009b\\u202ea");
  assert.equal(
    visible("zero\u200dwidth joiner, 日本 \udcff"),
    "zero\u200dwidth joiner, 日本 \udcff",
  );
});
