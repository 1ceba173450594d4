import assert from "node:assert/strict";
import { flag, text, uint8 } from "../../../src/bytes/msgpack_codec.ts";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { struct } from "../../../src/bytes/msgpack_struct.ts";
import { hexOf, read, refuses } from "../../support/codecs.ts";

const sample = struct({ name: ["Name", text], size: ["A", uint8], isBig: ["Big", flag] });

Deno.test("struct writes all fields in byte order of their names", () => {
  const hex = hexOf(sample, { name: "x", size: 3, isBig: true });
  assert.equal(hex, "83a14103a3426967c3a44e616d65a178");
});

Deno.test("struct reads maps in any order, skips what it does not know, and fills in zeros", () => {
  assert.deepEqual(read(sample, "82a44e616d65a178a3426967c3"), { name: "x", size: 0, isBig: true });
  assert.deepEqual(read(sample, "82a45768617481a178d40170a14107"), {
    name: "",
    size: 7,
    isBig: false,
  });
  assert.deepEqual(read(sample, "81a46e616d65a178"), sample.zero(), "names are case-sensitive");
  assert.deepEqual(read(sample, "c0"), sample.zero());
});

Deno.test("struct reads arrays in order of declaration, short and long ones too", () => {
  assert.deepEqual(read(sample, "93a17807c3"), { name: "x", size: 7, isBig: true });
  assert.deepEqual(read(sample, "91a178"), { name: "x", size: 0, isBig: false });
  assert.deepEqual(read(sample, "94a17807c3a0"), { name: "x", size: 7, isBig: true });
});

Deno.test("struct refuses values that are no records, and fields of another kind", () => {
  refuses(sample, "a0", "05", "81a141a178", "91c3", "8105c0");
});

Deno.test("struct.readInto() keeps the values of fields that are absent", () => {
  const previous = { name: "x", size: 7, isBig: true };
  const reader = new MsgpackReader(Uint8Array.fromHex("81a14109"));
  assert.deepEqual(sample.readInto(reader, previous), { name: "x", size: 9, isBig: true });
});
