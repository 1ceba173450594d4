import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ByteWriter } from "../../../src/bytes/byte_writer.ts";
import { compressLzw, decompressLzw, LzwError } from "../../../src/bytes/lzw.ts";

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
