import assert from "node:assert/strict";
import { compareBytes, sortedEntries } from "../../../src/go/byte_order.ts";

Deno.test("compareBytes() puts upper case, prefixes and shorter texts first", () => {
  const texts = ["b", "a", "", "B", "ab"];
  assert.deepEqual(texts.sort(compareBytes), ["", "B", "a", "ab", "b"]);
});

Deno.test("compareBytes() follows UTF-8, not UTF-16", () => {
  assert(compareBytes("\uffee", "😀") < 0);
  assert(compareBytes("😀", "\udcff") < 0);
  assert.equal(compareBytes("é", "é"), 0);
});

Deno.test("sortedEntries() sorts by key and keeps the values", () => {
  assert.deepEqual(sortedEntries(new Map([["b", 1], ["a", 2]])), [["a", 2], ["b", 1]]);
});
