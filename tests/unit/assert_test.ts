import { doesNotThrow, throws } from "node:assert/strict";
import { assert } from "../../src/assert.ts";

Deno.test("assert() stops on a false condition, saying which", () => {
  throws(() => assert(false, "the ring has a key"), {
    name: "Error",
    message: "Assertion failed: the ring has a key",
  });
});

Deno.test("assert() lets a true condition pass", () => {
  doesNotThrow(() => assert(true, "never seen"));
});
