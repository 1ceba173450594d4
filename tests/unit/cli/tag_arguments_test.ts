import assert from "node:assert/strict";
import { CommandFailure } from "../../../src/cli/command.ts";
import { parseTagArguments } from "../../../src/cli/tag_arguments.ts";

Deno.test("parseTagArguments() splits at the first = and allows empty values", () => {
  const tags = parseTagArguments(["a=b=c", "e=", "a=z", "__proto__=x"]);
  assert.deepEqual([...tags], [["a", "z"], ["e", ""], ["__proto__", "x"]]);
});

Deno.test("parseTagArguments() refuses text without = and without a key", () => {
  for (const text of ["foo", "=x", "", "="]) {
    assert.throws(
      () => parseTagArguments(["ok=1", text]),
      new CommandFailure(`Error: Invalid tag: '${text}'`),
    );
  }
});
