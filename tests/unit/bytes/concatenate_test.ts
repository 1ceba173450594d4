import assert from "node:assert/strict";
import { concatenate } from "../../../src/bytes/concatenate.ts";

Deno.test("concatenate() joins parts in order, and returns one that is alone as it is", () => {
  const one = Uint8Array.of(1, 2);
  assert.deepEqual(concatenate([one, new Uint8Array(), Uint8Array.of(3)]), Uint8Array.of(1, 2, 3));
  assert.equal(concatenate([one]), one);
  assert.deepEqual(concatenate([]), new Uint8Array());
});
