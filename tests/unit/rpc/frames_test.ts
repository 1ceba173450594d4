import assert from "node:assert/strict";
import fc from "fast-check";
import { text, uint8 } from "../../../src/bytes/msgpack_codec.ts";
import { MsgpackError } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import {
  encodable,
  encodeMessage,
  encodePieces,
  FrameError,
  ValueSplitter,
} from "../../../src/rpc/frames.ts";

/** One value of every format, among them nested and empty ones. */
// deno-fmt-ignore
const values = [
  "00", "7f", "e0", "c0", "c2", "c3", "80", "90", "a0",
  "81a16101", "820102c0c3", "92a1610a", "93909081c0c0", "a3616263",
  "c403010203", "c500020102", "c60000000101", "c7020a0102", "c800010aff", "c9000000010aff",
  "ca3f800000", "cb3ff0000000000000", "cc80", "cd0100", "ce00010000", "cf0000000100000000",
  "d080", "d18000", "d280000000", "d38000000000000000",
  "d40101", "d5010102", "d60101020304", "d7010102030405060708",
  "d80101020304050607080102030405060708",
  "d90161", "da000161", "db0000000161", "dc000101", "dd0000000101", "de0001a16101", "df00000001a16101",
];

function split(chunks: readonly Uint8Array[], limit = 1 << 20): string[] {
  const splitter = new ValueSplitter(limit);
  const taken: string[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk);
    for (let value = splitter.take(); value; value = splitter.take()) taken.push(value.toHex());
  }
  assert.equal(splitter.isPartial, false);
  return taken;
}

Deno.test("ValueSplitter cuts values of every format however the chunks fall", () => {
  const all = Uint8Array.fromHex(values.join(""));
  assert.deepEqual(split([all]), values);
  assert.deepEqual(split(Array.from(all, (byte) => Uint8Array.of(byte))), values);
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
    const chunks: Uint8Array[] = [];
    for (let at = 0, i = 0; at < all.length; i++) {
      const size = sizes[i % sizes.length] ?? 1;
      chunks.push(all.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(split(chunks), values);
  }));
});

Deno.test("ValueSplitter keeps a value that is much larger than a chunk", () => {
  const value = new Uint8Array(5 + 100_000).fill(7);
  value.set([0xc6, 0x00, 0x01, 0x86, 0xa0]);
  const splitter = new ValueSplitter(1 << 20);
  for (let at = 0; at < value.length; at += 999) {
    assert.equal(splitter.take(), undefined);
    splitter.push(value.subarray(at, at + 999));
  }
  assert.deepEqual(splitter.take(), value);
  splitter.push(Uint8Array.of(0x05));
  assert.deepEqual(splitter.take(), Uint8Array.of(5));
});

Deno.test("ValueSplitter.isPartial tells whether a value has begun", () => {
  const splitter = new ValueSplitter(100);
  assert.equal(splitter.isPartial, false);
  splitter.push(Uint8Array.of(0x92, 0x01));
  assert.equal(splitter.take(), undefined);
  assert.equal(splitter.isPartial, true);
  splitter.push(Uint8Array.of(0x02));
  assert.deepEqual(splitter.take(), Uint8Array.of(0x92, 0x01, 0x02));
  assert.equal(splitter.isPartial, false);
});

Deno.test("ValueSplitter refuses a value that is too long as soon as it announces it", () => {
  const announcements = [
    "dbffffffff",
    "ddffffffff",
    "dfffffffff",
    "c665000000",
    "da0040",
    "dc0041",
  ];
  for (const hex of announcements) {
    const splitter = new ValueSplitter(64);
    splitter.push(Uint8Array.fromHex(hex));
    assert.throws(() => splitter.take(), FrameError, hex);
  }
  const exact = new ValueSplitter(64);
  exact.push(Uint8Array.fromHex("d93e" + "61".repeat(62)));
  assert.equal(exact.take()?.length, 64);
});

Deno.test("ValueSplitter counts what lists owe together, so that nesting is no way around", () => {
  const splitter = new ValueSplitter(64);
  splitter.push(Uint8Array.fromHex("9f".repeat(5)));
  assert.throws(() => splitter.take(), FrameError);
});

Deno.test("ValueSplitter refuses the byte that starts no value", () => {
  const splitter = new ValueSplitter(64);
  splitter.push(Uint8Array.of(0x91, 0xc1));
  assert.throws(() => splitter.take(), MsgpackError);
});

Deno.test("encodeMessage() writes values one after another into bytes of their own", () => {
  const writer = new MsgpackWriter("modern");
  const message = encodeMessage(writer, encodable(text, "a"), encodable(uint8, 7));
  encodeMessage(writer, encodable(text, "zzz"));
  assert.equal(message.toHex(), "a16107");
});

Deno.test("encodePieces() encodes each piece when it is asked for, into bytes of its own", () => {
  const writer = new MsgpackWriter("modern");
  const encoded: string[] = [];
  const piece = (value: string) => ({
    write(writer: MsgpackWriter) {
      encoded.push(value);
      writer.writeText(value);
    },
  });
  const pieces = encodePieces(writer, piece("a"), [piece("b"), piece("c")]);
  assert.deepEqual(encoded, []);
  const [first, second] = [pieces.next().value, pieces.next().value];
  assert.deepEqual(encoded, ["a", "b"]);
  encodeMessage(writer, encodable(text, "something else"));
  assert.deepEqual([first, second, ...pieces].map((bytes) => bytes?.toHex()), [
    "a161",
    "a162",
    "a163",
  ]);
});
