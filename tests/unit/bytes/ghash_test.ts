import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Ghash } from "../../../src/bytes/ghash.ts";

const block = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.fromHex(value.toString(16).padStart(32, "0"));
}

/** The product as the standard defines it, bit by bit (SP 800-38D, section 6.3). */
function product(x: bigint, y: bigint): bigint {
  let sum = 0n;
  for (let shifted = y, bit = 127n; bit >= 0n; bit--) {
    if (x >> bit & 1n) sum ^= shifted;
    shifted = shifted & 1n ? shifted >> 1n ^ 0xe1n << 120n : shifted >> 1n;
  }
  return sum;
}

function sumOf(key: bigint, blocks: readonly bigint[]): bigint {
  return blocks.reduce((sum, block) => product(sum ^ block, key), 0n);
}

Deno.test("Ghash adds blocks up as the standard defines it", () => {
  fc.assert(fc.property(block, fc.array(block, { maxLength: 5 }), (key, blocks) => {
    const hash = new Ghash(bytesOf(key));
    for (const each of blocks) hash.add(bytesOf(each));
    strictEqual(hash.digest().toHex(), bytesOf(sumOf(key, blocks)).toHex());
  }));
});

Deno.test("Ghash.add() fills up with zeros, and takes several blocks at once", () => {
  const key = bytesOf(0x66e94bd4ef8a2c3b884cfa59ca342b2en);
  const bytes = Uint8Array.from({ length: 40 }, (_, i) => 3 * i + 1);
  const whole = new Ghash(key);
  whole.add(bytes);
  const parts = new Ghash(key);
  parts.add(bytes.subarray(0, 16));
  parts.add(bytes.subarray(16, 32));
  parts.add(Uint8Array.of(...bytes.subarray(32), 0, 0, 0, 0, 0, 0, 0, 0));
  parts.add(new Uint8Array(0));
  deepStrictEqual(whole.digest(), parts.digest());
});

Deno.test("Ghash.addLengths() counts bits, in more than 32 of them", () => {
  const key = 0x66e94bd4ef8a2c3b884cfa59ca342b2en;
  for (const [extra, text] of [[0, 0], [20, 60], [2 ** 29, 1], [3, 2 ** 32 + 5]] as const) {
    const hash = new Ghash(bytesOf(key));
    hash.addLengths(extra, text);
    const lengths = BigInt(8 * extra) << 64n | BigInt(8 * text);
    strictEqual(hash.digest().toHex(), bytesOf(product(lengths, key)).toHex());
  }
});
