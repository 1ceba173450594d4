import assert from "node:assert/strict";
import { encodeText } from "../../../src/bytes/text.ts";
import { lastArguments, programArguments } from "../../../src/cli/program_arguments.ts";

Deno.test("lastArguments() keeps bytes that are no UTF-8, and empty arguments", () => {
  const line = encodeText("deno\0run\0main.ts\0event\0\0a\udcffb\0");
  assert.deepEqual(lastArguments(line, 3), ["event", "", "a\udcffb"]);
  assert.deepEqual(lastArguments(line, 0), []);
});

Deno.test("programArguments() returns the runtime's arguments where they are sound", () => {
  assert.equal(programArguments(), Deno.args);
});
