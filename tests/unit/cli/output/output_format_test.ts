import assert from "node:assert/strict";
import {
  looseOutputFormat,
  outputFormat,
  requireOutputFormat,
} from "../../../../src/cli/output/output_format.ts";

Deno.test("outputFormat() knows exactly two names", () => {
  assert.equal(outputFormat("text"), "text");
  assert.equal(outputFormat("json"), "json");
  assert.equal(outputFormat("JSON"), undefined);
  assert.equal(outputFormat(""), undefined);
});

Deno.test("requireOutputFormat() quotes what it does not know", () => {
  assert.equal(requireOutputFormat("json"), "json");
  assert.throws(() => requireOutputFormat('x"'), {
    message: 'Encoding error: Invalid output format "x\\""',
  });
});

Deno.test("looseOutputFormat() is text unless JSON is asked for in front of all else", () => {
  assert.equal(looseOutputFormat(["-format=json"]), "json");
  assert.equal(looseOutputFormat(["--format", "json", "x"]), "json");
  for (const args of [[], ["x", "-format=json"], ["-bogus"], ["-format"], ["-format=xml"]]) {
    assert.equal(looseOutputFormat(args), "text", args.join(" "));
  }
});
