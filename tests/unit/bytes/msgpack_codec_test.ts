import assert from "node:assert/strict";
import {
  bytes,
  flag,
  float,
  list,
  omitEmpty,
  optional,
  optionalBytes,
  text,
  uint16,
  uint8,
  writeOnly,
} from "../../../src/bytes/msgpack_codec.ts";
import { struct } from "../../../src/bytes/msgpack_struct.ts";
import { hexOf, read, refuses } from "../../support/codecs.ts";

Deno.test("text is written in the shortest modern form and read in any", () => {
  assert.equal(hexOf(text, "ab"), "a26162");
  assert.equal(hexOf(text, "x".repeat(32)).slice(0, 4), "d920");
  for (const hex of ["a26162", "d9026162", "da00026162", "c4026162", "926162"]) {
    assert.equal(read(text, hex), "ab", hex);
  }
  assert.equal(read(text, "c0"), "");
  assert.equal(hexOf(text, read(text, "a261ff")), "a261ff", "bytes that are no UTF-8 survive");
  refuses(text, "01", "c3", "80");
});

Deno.test("flag is read from booleans and from 0 and 1", () => {
  assert.equal(hexOf(flag, true) + hexOf(flag, false), "c3c2");
  assert.deepEqual(["c2", "00", "c0"].map((hex) => read(flag, hex)), [false, false, false]);
  assert.deepEqual(["c3", "01"].map((hex) => read(flag, hex)), [true, true]);
  refuses(flag, "02", "a0");
});

Deno.test("float is always written as 64 bits", () => {
  assert.equal(hexOf(float, 0), "cb0000000000000000");
  assert.equal(read(float, "cb3ff8000000000000"), 1.5);
  assert.equal(read(float, "ca3fc00000"), 1.5);
});

Deno.test("unsigned integers are read in any form that fits", () => {
  for (
    const hex of ["05", "cc05", "cd0005", "ce00000005", "cf0000000000000005", "d005", "d10005"]
  ) {
    assert.equal(read(uint8, hex), 5, hex);
  }
  assert.equal(read(uint8, "c0"), 0);
  refuses(uint8, "cd0100", "ff", "cb3ff0000000000000", "a135");
  refuses(uint16, "ce00010000", "d0ff");
  assert.equal(hexOf(uint16, 7946), "cd1f0a");
});

Deno.test("bytes reads nil as empty, and optionalBytes as undefined", () => {
  assert.deepEqual(read(bytes, "c0"), new Uint8Array());
  assert.equal(read(optionalBytes, "c0"), undefined);
  for (const codec of [bytes, optionalBytes]) {
    assert.deepEqual(read(codec, "c4020102"), Uint8Array.of(1, 2));
    assert.equal(hexOf(codec, new Uint8Array()), "c400");
  }
});

Deno.test("list reads nil as empty, and passes over what is beyond its limit", () => {
  assert.deepEqual(read(list(text), "c0"), []);
  assert.deepEqual(read(list(text), "92a161a162"), ["a", "b"]);
  assert.deepEqual(read(list(text, 1), "92a16191c3"), ["a"]);
  assert.equal(hexOf(list(text), []), "90");
  refuses(list(text), "80", "91", "ddffffffff");
});

Deno.test("optional travels as nil when it is missing", () => {
  const codec = optional(list(text));
  assert.equal(hexOf(codec, undefined), "c0");
  assert.equal(read(codec, "c0"), undefined);
  assert.deepEqual(read(codec, "90"), []);
  assert.equal(codec.zero(), undefined);
});

Deno.test("omitEmpty leaves out what is zero, empty or undefined, and reads it nevertheless", () => {
  const codec = struct({
    number: ["N", omitEmpty(uint8)],
    text: ["T", omitEmpty(text)],
    bytes: ["B", omitEmpty(optionalBytes)],
  });
  assert.equal(hexOf(codec, { number: 0, text: "", bytes: undefined }), "80");
  assert.equal(hexOf(codec, { number: 0, text: "", bytes: new Uint8Array() }), "80");
  assert.equal(hexOf(codec, { number: 1, text: "", bytes: undefined }), "81a14e01");
  assert.deepEqual(read(codec, "82a142c400a154a0"), {
    number: 0,
    text: "",
    bytes: new Uint8Array(),
  });
});

Deno.test("writeOnly passes over whatever is there", () => {
  const codec = writeOnly(uint8);
  assert.equal(hexOf(codec, 7), "07");
  assert.equal(read(codec, "91a161"), 0);
});
