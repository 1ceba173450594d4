import assert from "node:assert/strict";
import { findBadExpression } from "../../../../src/cli/output/expressions.ts";

Deno.test("findBadExpression() finds nothing wrong with RE2 expressions", async () => {
  assert.equal(await findBadExpression([]), undefined);
  assert.equal(await findBadExpression(["", "a|b", "(?i)web-[[:digit:]]+", "\\pL"]), undefined);
});

Deno.test("findBadExpression() tells what is wrong with the first bad one", async () => {
  assert.equal(
    await findBadExpression(["a", "b[", "c("]),
    "error parsing regexp: missing closing ]: `[`",
  );
});
