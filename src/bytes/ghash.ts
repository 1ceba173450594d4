/**
 * GHASH: the authenticating half of AES-GCM (NIST SP 800-38D, section 6.4).
 *
 * A polynomial over GF(2^128) is evaluated at a secret point, four bits at a time:
 * a table holds what each four bits come to, another what falls out on a shift. In
 * this field the first bit of a byte is the lowest power, so numbers look mirrored.
 */

const blockSize = 16;

/** What has to be added for the four bits that a shift pushes out. */
const fallout = makeFallout();

export class Ghash {
  /** For each four bits, four words of their product with the key. */
  readonly #products = new Int32Array(16 * 4);
  #word0 = 0;
  #word1 = 0;
  #word2 = 0;
  #word3 = 0;

  /** @param key 16 bytes: the cipher of a block of zeros. */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, blockSize);
    const products = this.#products;
    // The four bits 1000 stand for 1, and each place further right for another factor x.
    for (let word = 0; word < 4; word++) products[8 * 4 + word] = view.getInt32(4 * word);
    for (const bits of [4, 2, 1]) {
      const from = 2 * bits * 4;
      const isPushed = products[from + 3]! & 1;
      let carry = 0;
      for (let word = 0; word < 4; word++) {
        const value = products[from + word]!;
        products[bits * 4 + word] = value >>> 1 | carry << 31;
        carry = value & 1;
      }
      if (isPushed) products[bits * 4]! ^= 0xe100_0000;
    }
    for (let bits = 3; bits < 16; bits++) {
      const highest = 1 << 31 - Math.clz32(bits);
      if (highest === bits) continue;
      for (let word = 0; word < 4; word++) {
        products[bits * 4 + word] = products[highest * 4 + word]! ^
          products[(bits ^ highest) * 4 + word]!;
      }
    }
  }

  /** Adds bytes, filled up with zeros to whole blocks. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += blockSize) {
      this.#word0 ^= wordAt(bytes, at);
      this.#word1 ^= wordAt(bytes, at + 4);
      this.#word2 ^= wordAt(bytes, at + 8);
      this.#word3 ^= wordAt(bytes, at + 12);
      this.#multiply();
    }
  }

  /** Adds how many bytes were authenticated only, and how many were encrypted. */
  addLengths(extra: number, text: number): void {
    this.#word0 ^= extra / 2 ** 29;
    this.#word1 ^= extra << 3;
    this.#word2 ^= text / 2 ** 29;
    this.#word3 ^= text << 3;
    this.#multiply();
  }

  digest(): Uint8Array<ArrayBuffer> {
    const sum = new Uint8Array(blockSize);
    const view = new DataView(sum.buffer);
    view.setInt32(0, this.#word0);
    view.setInt32(4, this.#word1);
    view.setInt32(8, this.#word2);
    view.setInt32(12, this.#word3);
    return sum;
  }

  #multiply(): void {
    const products = this.#products;
    const words = [this.#word3, this.#word2, this.#word1, this.#word0];
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < 4; i++) {
      for (let word = words[i]!, step = 0; step < 8; step++) {
        const pushed = d & 15;
        d = d >>> 4 | c << 28;
        c = c >>> 4 | b << 28;
        b = b >>> 4 | a << 28;
        a = a >>> 4 ^ fallout[pushed]!;
        const place = (word & 15) * 4;
        a ^= products[place]!;
        b ^= products[place + 1]!;
        c ^= products[place + 2]!;
        d ^= products[place + 3]!;
        word >>>= 4;
      }
    }
    this.#word0 = a;
    this.#word1 = b;
    this.#word2 = c;
    this.#word3 = d;
  }
}

/** Four bytes, the first one highest; zeros behind the end. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 | (bytes[at + 2] ?? 0) << 8 |
    (bytes[at + 3] ?? 0);
}

function makeFallout(): Int32Array {
  return Int32Array.from({ length: 16 }, (_, pushed) => {
    let value = pushed;
    for (let i = 0; i < 4; i++) value = value & 1 ? value >>> 1 ^ 0xe100_0000 : value >>> 1;
    return value;
  });
}
