import assert from "node:assert/strict";
import {
  type Codec,
  flag,
  float,
  list,
  optional,
  text,
  uint16,
  uint8,
} from "../../../src/bytes/msgpack_codec.ts";
import { struct } from "../../../src/bytes/msgpack_struct.ts";
import { MsgpackError, MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import {
  counter,
  extraFlag,
  int32,
  int64,
  nothing,
  payload,
  sequence,
  textMap,
} from "../../../src/rpc/codec.ts";

function hexOf<T>(codec: Codec<T>, value: T): string {
  const writer = new MsgpackWriter("modern");
  codec.write(writer, value);
  return writer.copy().toHex();
}

function read<T>(codec: Codec<T>, hex: string): T {
  const reader = new MsgpackReader(Uint8Array.fromHex(hex));
  const value = codec.read(reader);
  assert.equal(reader.remaining, 0, `${hex} is read to its end`);
  return value;
}

function refuses(codec: Codec<unknown>, ...hexes: readonly string[]): void {
  for (const hex of hexes) assert.throws(() => read(codec, hex), MsgpackError, hex);
}

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

Deno.test("list and textMap read nil as empty and write keys sorted", () => {
  assert.deepEqual(read(list(text), "c0"), []);
  assert.deepEqual(read(list(text), "92a161a162"), ["a", "b"]);
  assert.equal(hexOf(list(text), []), "90");
  assert.equal(read(textMap(text), "c0").size, 0);
  assert.equal(hexOf(textMap(text), new Map([["b", "2"], ["a", "1"]])), "82a161a131a162a132");
  refuses(list(text), "80", "91", "ddffffffff");
  refuses(textMap(text), "90", "dfffffffff");
});

Deno.test("textMap keeps keys that objects treat in their own way", () => {
  const value = read(textMap(text), "81a95f5f70726f746f5f5fa178");
  assert.deepEqual([...value], [["__proto__", "x"]]);
});

Deno.test("optional travels as nil when it is missing", () => {
  const codec = optional(list(text));
  assert.equal(hexOf(codec, undefined), "c0");
  assert.equal(read(codec, "c0"), undefined);
  assert.deepEqual(read(codec, "90"), []);
  assert.equal(codec.zero(), undefined);
});

Deno.test("nothing takes no bytes", () => {
  assert.equal(hexOf(nothing, undefined), "");
  assert.equal(read(nothing, ""), undefined);
});

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

Deno.test("extraFlag travels only if it is on, and is read whichever way", () => {
  const codec = struct({ name: ["Name", text], extra: ["Wait", extraFlag] });
  const encode = (value: { name: string; extra: boolean | undefined }) => {
    const writer = new MsgpackWriter("modern");
    codec.write(writer, value);
    return writer.copy();
  };
  const plain = encode({ name: "a", extra: undefined });
  assert.deepEqual(encode({ name: "a", extra: false }), plain);
  assert.equal(plain[0], 0x81);
  assert.equal(codec.read(new MsgpackReader(plain)).extra, undefined);
  const waiting = encode({ name: "a", extra: true });
  assert.equal(waiting[0], 0x82);
  assert.equal(codec.read(new MsgpackReader(waiting)).extra, true);
});
