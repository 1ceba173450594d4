import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ByteWriter } from "../../../src/bytes/byte_writer.ts";
import {
  compressLzw,
  decompressLzw,
  LzwDecoder,
  LzwEncoder,
  LzwError,
} from "../../../src/bytes/lzw.ts";

function compress(input: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  strictEqual(compressLzw(input, writer), true);
  return writer.copy();
}

const text = new TextEncoder().encode("to be or not to be, that is the question ".repeat(40));

Deno.test("compressLzw() writes the empty input as three bytes", () => {
  deepStrictEqual(compress(new Uint8Array(0)), new Uint8Array([0, 3, 2]));
});

Deno.test("decompressLzw() restores what compressLzw() wrote, through several dictionaries", () => {
  const input = Uint8Array.from({ length: 60_000 }, (_, i) => (i * i) >> 3 & 0xff);
  deepStrictEqual(decompressLzw(compress(input), input.length), input);
  deepStrictEqual(decompressLzw(compress(text), text.length), text);
});

for (const limit of [-20, -4, -1, 0, 2, 3, 10]) {
  Deno.test(`compressLzw() that gives up at ${limit} bytes leaves the writer as it was`, () => {
    const writer = new ByteWriter();
    writer.writeByte(7);
    strictEqual(compressLzw(text, writer, limit), false);
    deepStrictEqual(writer.copy(), new Uint8Array([7]));

    writer.reset();
    strictEqual(compressLzw(text, writer), true);
    deepStrictEqual(writer.copy(), compress(text));
  });
}

Deno.test("decompressLzw() refuses more than the limit, and data that is cut off or broken", () => {
  const reason = (expected: string) => (error: unknown) =>
    error instanceof LzwError && error.reason === expected;
  throws(() => decompressLzw(compress(text), text.length - 1), reason("too-large"));
  throws(() => decompressLzw(compress(text).subarray(0, 50), text.length), reason("truncated"));
  throws(() => decompressLzw(new Uint8Array([0xff, 0xff, 0xff]), 10), reason("malformed"));
});

/** Long enough for several dictionaries, with repeats and without. */
const long = Uint8Array.from({ length: 30_000 }, (_, i) => i % 7000 < 3000 ? i % 11 : (i * i) >> 3);

Deno.test("LzwEncoder writes the same wherever its input is cut", () => {
  const expected = compress(long);
  const encoder = new LzwEncoder();
  const inPieces = (cuts: readonly number[]) => {
    const writer = new ByteWriter();
    writer.writeByte(7);
    encoder.start(writer);
    let at = 0;
    for (const cut of [...cuts, long.length]) {
      strictEqual(encoder.push(long.subarray(at, cut)), true);
      // Packets are compressed in between.
      compress(text);
      at = cut;
    }
    strictEqual(encoder.finish(), true);
    return writer.copy(1);
  };
  for (let cut = 0; cut <= long.length; cut += 97) deepStrictEqual(inPieces([cut]), expected);
  const everywhere = Array.from({ length: long.length }, (_, i) => i);
  deepStrictEqual(inPieces(everywhere), expected);
  deepStrictEqual(inPieces([]), expected);
});

Deno.test("LzwEncoder that gives up leaves the writer as it was, in whichever piece", () => {
  const length = compress(text).length;
  for (let limit = 3; limit <= length + 1; limit++) {
    const writer = new ByteWriter();
    writer.writeByte(7);
    const encoder = new LzwEncoder();
    encoder.start(writer, limit);
    let isGood = true;
    for (let at = 0; isGood && at < text.length; at += 100) {
      isGood = encoder.push(text.subarray(at, at + 100));
    }
    isGood &&= encoder.finish();
    strictEqual(isGood, limit >= length, `limit ${limit}`);
    strictEqual(writer.length, isGood ? 1 + length : 1);
  }
});

Deno.test("LzwDecoder restores the same wherever it pauses", () => {
  const input = compress(long);
  const decoder = new LzwDecoder();
  for (const count of [1, 2, 3, 100, 999, 29_999, 30_000, 30_001, Infinity]) {
    decoder.start(input, long.length);
    let output: Uint8Array | undefined;
    let pauses = 0;
    while (!(output = decoder.take(count))) {
      // Packets are decompressed in between.
      if (pauses++ % 100 === 0) decompressLzw(compress(text), text.length);
    }
    deepStrictEqual(output, long);
    if (count < 30_000) strictEqual(pauses >= 1, true);
  }
});

Deno.test("LzwDecoder pauses also while nothing comes out", () => {
  // Nothing but codes that clear the dictionary, nine bits each.
  const clears = new Uint8Array(9 * 1000);
  for (let i = 0; i < 8000; i++) {
    const bit = 9 * i + 8;
    clears[bit >> 3]! |= 1 << (bit & 7);
  }
  const decoder = new LzwDecoder();
  decoder.start(clears, 10);
  strictEqual(decoder.take(100), undefined);
  throws(() => {
    for (let i = 0; i < 200; i++) decoder.take(100);
  }, LzwError);
});
