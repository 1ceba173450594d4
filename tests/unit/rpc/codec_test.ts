import assert from "node:assert/strict";
import { flag, text } from "../../../src/bytes/msgpack_codec.ts";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { struct } from "../../../src/bytes/msgpack_struct.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import {
  counter,
  extra,
  int32,
  int64,
  nothing,
  payload,
  sequence,
  textMap,
} from "../../../src/rpc/codec.ts";
import { hexOf, read, refuses } from "../../support/codecs.ts";

Deno.test("payload tells nil from empty and keeps its own bytes", () => {
  assert.equal(hexOf(payload, undefined), "c0");
  assert.equal(hexOf(payload, new Uint8Array()), "c400");
  assert.equal(read(payload, "c0"), undefined);
  assert.deepEqual(read(payload, "c400"), new Uint8Array());
  for (const hex of ["c4020102", "a20102", "da00020102", "920102"]) {
    assert.deepEqual(read(payload, hex), Uint8Array.of(1, 2), hex);
  }
  const bytes = Uint8Array.fromHex("c40107");
  const kept = payload.read(new MsgpackReader(bytes));
  bytes.fill(0xff);
  assert.deepEqual(kept, Uint8Array.of(7));
  refuses(payload, "05");
});

Deno.test("int32 keeps to its range and writes larger values in signed formats", () => {
  assert.equal(hexOf(int32, 127), "7f");
  assert.equal(hexOf(int32, 128), "d10080");
  assert.equal(hexOf(int32, 32768), "d200008000");
  assert.equal(hexOf(int32, -1), "ff");
  assert.equal(read(int32, "ce7fffffff"), 0x7fffffff);
  refuses(int32, "ce80000000", "d3ffffffff7fffffff");
});

Deno.test("int64 reads the whole signed range and writes nanoseconds as the reference does", () => {
  assert.equal(hexOf(int64, 15_000_000_000), "d3000000037e11d600");
  assert.equal(read(int64, "d3000000037e11d600"), 15_000_000_000);
  assert.equal(read(int64, "cf000000037e11d600"), 15_000_000_000);
  assert.equal(read(int64, "d38000000000000000"), -(2 ** 63));
  refuses(int64, "cf8000000000000000");
});

Deno.test("sequence holds any 64-bit number, equal ones being equal", () => {
  assert.equal(read(sequence, "cf0000000000000005"), 5);
  assert.equal(read(sequence, "cf001fffffffffffff"), Number.MAX_SAFE_INTEGER);
  assert.equal(read(sequence, "cf0020000000000000"), 2n ** 53n);
  assert.equal(hexOf(sequence, read(sequence, "cfffffffffffffffff")), "cfffffffffffffffff");
  refuses(sequence, "ff", "cb3ff0000000000000", "a135");
});

Deno.test("counter reads what no number can hold as the greatest that one can", () => {
  assert.equal(read(counter, "cfffffffffffffffff"), Number.MAX_SAFE_INTEGER);
  assert.equal(read(counter, "cd0100"), 256);
  refuses(counter, "ff");
});

Deno.test("textMap reads nil as empty and writes keys sorted", () => {
  assert.equal(read(textMap(text), "c0").size, 0);
  assert.equal(hexOf(textMap(text), new Map([["b", "2"], ["a", "1"]])), "82a161a131a162a132");
  refuses(textMap(text), "90", "dfffffffff");
});

Deno.test("textMap keeps keys that objects treat in their own way", () => {
  const value = read(textMap(text), "81a95f5f70726f746f5f5fa178");
  assert.deepEqual([...value], [["__proto__", "x"]]);
});

Deno.test("nothing takes no bytes", () => {
  assert.equal(hexOf(nothing, undefined), "");
  assert.equal(read(nothing, ""), undefined);
});

Deno.test("extra() travels only if it has a value", () => {
  const codec = struct({ name: ["Name", text], extra: ["Wait", extra(flag)] });
  const encode = (value: { name: string; extra: boolean | undefined }) => {
    const writer = new MsgpackWriter("modern");
    codec.write(writer, value);
    return writer.copy();
  };
  const plain = encode({ name: "a", extra: undefined });
  assert.equal(plain[0], 0x81);
  assert.equal(codec.read(new MsgpackReader(plain)).extra, undefined);
  const waiting = encode({ name: "a", extra: true });
  assert.equal(waiting[0], 0x82);
  assert.equal(codec.read(new MsgpackReader(waiting)).extra, true);
});
