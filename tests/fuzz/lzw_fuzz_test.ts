import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter } from "../../src/bytes/byte_writer.ts";
import { compressLzw, decompressLzw, LzwError } from "../../src/bytes/lzw.ts";
import { type FuzzTarget, mayThrow, testTarget } from "../support/fuzzing.ts";
import { bytesFromHex, readVectors } from "../support/vectors.ts";

const limit = 300_000;

interface Vectors {
  readonly vectors: readonly { readonly lzw_hex: string }[];
  readonly decode_edge_cases: readonly { readonly lzw_hex: string }[];
}

function compress(input: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  ok(compressLzw(input, writer));
  return writer.view();
}

/** Bytes with and without repetition, short and longer than a dictionary lasts. */
const inputs = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(900)).map(([part, times]) => {
    return new Uint8Array(part.length * times).map((_, i) => part[i % part.length]!);
  }),
  fc.nat(0xffff_ffff).map((seed) => {
    let state = seed;
    return new Uint8Array(12_000).map(() => {
      return (state = Math.imul(state, 1_664_525) + 1_013_904_223) >>> 24;
    });
  }),
);

export const target: FuzzTarget = {
  name: "lzw",
  seeds() {
    const { vectors, decode_edge_cases } = readVectors<Vectors>("compression");
    return [...vectors, ...decode_edge_cases].map(({ lzw_hex }) => bytesFromHex(lzw_hex));
  },
  check(input) {
    const output = mayThrow([LzwError], () => decompressLzw(input, limit));
    if (!output) return;
    ok(output.length <= limit);
    // Nothing left over from other input may show: the tables are shared.
    const first = output.slice();
    decompressLzw(compress(first.subarray(0, 2000)), limit);
    deepStrictEqual(decompressLzw(input, limit, new Uint8Array(64)), first);
  },
  properties: {
    "gives back what the writer was given": fc.property(inputs, (input) => {
      deepStrictEqual(decompressLzw(compress(input), input.length), input);
    }),
    "lets no more out than it was told": fc.property(inputs, (input) => {
      if (input.length === 0) return;
      strictEqual(
        mayThrow([LzwError], () => decompressLzw(compress(input), input.length - 1)),
        undefined,
      );
    }),
  },
};

testTarget(target);
