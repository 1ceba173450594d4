/**
 * LZW as in GIF: variable width, least significant bit first, 8-bit literals,
 * codes of at most 12 bits (gossip.md section 4.6).
 *
 * What `compressLzw` writes is what every reference writes, byte for byte.
 */

import type { ByteWriter } from "./byte_writer.ts";

const clearCode = 256;
const endCode = 257;
const maxWidth = 12;
/** The code after which the encoder starts a new dictionary; it is never used itself. */
const lastCode = 4095;

/** The empty input's stream; no other is shorter. */
const shortestStream = 3;

/** Why compressed data was refused. */
export type LzwErrorReason = "truncated" | "malformed" | "too-large";

/** The input is no complete LZW stream, or too much comes out of it. */
export class LzwError extends Error {
  override readonly name = "LzwError";
  readonly reason: LzwErrorReason;

  constructor(reason: LzwErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * The encoder's dictionary: an open hash table from (code, byte) to code.
 *
 * A key carries the generation it was stored in, so that starting over means
 * counting up, not wiping the table.
 */
const slotCount = 1 << 14;
const slotKeys = new Int32Array(slotCount);
const slotCodes = new Uint16Array(slotCount);
const lastGeneration = 0x7ff;
let generation = 0;

function startDictionary(): number {
  if (generation === lastGeneration) {
    slotKeys.fill(0);
    generation = 0;
  }
  return ++generation << 20;
}

/** How many bytes `compressLzw` can write at most for so many bytes of input. */
function compressedBound(length: number): number {
  return Math.ceil(length * maxWidth / 8) + 2 * Math.ceil(length / 3838) + 8;
}

/**
 * Compresses `input` and adds the result to `writer`.
 *
 * @param limit gives up as soon as the result exceeds so many bytes.
 * @returns whether it succeeded; if not, the writer is as it was.
 */
export function compressLzw(input: Uint8Array, writer: ByteWriter, limit = Infinity): boolean {
  if (limit < shortestStream) return false;
  const start = writer.length;
  const output = writer.skip(Math.min(compressedBound(input.length), limit + 4));
  const length = encode(input, output, limit);
  writer.reset(start + Math.max(length, 0));
  return length >= 0;
}

/** Fills `output` and returns how much of it; -1 beyond `limit`. */
function encode(input: Uint8Array, output: Uint8Array, limit: number): number {
  let at = 0;
  let bits = 0;
  let bitCount = 0;
  let width = 9;
  let high = endCode;
  let overflow = 512;
  let base = startDictionary();

  bits = clearCode;
  bitCount = width;
  let code = -1;
  for (let i = 0; i <= input.length; i++) {
    const byte = i < input.length ? input[i]! : -1;
    let slot = 0;
    let key = 0;
    if (byte >= 0) {
      if (code < 0) {
        code = byte;
        continue;
      }
      const pair = code << 8 | byte;
      key = base | pair;
      slot = (pair >>> 12 ^ pair) & (slotCount - 1);
      while (slotKeys[slot]! >= base && slotKeys[slot] !== key) slot = (slot + 1) & (slotCount - 1);
      if (slotKeys[slot] === key) {
        code = slotCodes[slot]!;
        continue;
      }
    } else if (code < 0) break;

    bits |= code << bitCount;
    bitCount += width;
    while (bitCount >= 8) {
      output[at++] = bits;
      bits >>>= 8;
      bitCount -= 8;
    }
    if (at > limit) return -1;

    code = byte;
    high++;
    if (high === overflow) {
      width++;
      overflow *= 2;
    }
    if (high === lastCode) {
      bits |= clearCode << bitCount;
      bitCount += maxWidth;
      width = 9;
      high = endCode;
      overflow = 512;
      base = startDictionary();
    } else if (byte >= 0) {
      slotKeys[slot] = key;
      slotCodes[slot] = high;
    }
  }

  bits |= endCode << bitCount;
  bitCount += width;
  for (; bitCount > 0; bitCount -= 8) {
    output[at++] = bits;
    bits >>>= 8;
  }
  return at > limit ? -1 : at;
}

/** For each code of the decoder, where in the output its expansion stands, and how long it is. */
const expansionStarts = new Uint32Array(lastCode + 1);
const expansionLengths = new Uint32Array(lastCode + 1);

/**
 * Decompresses `input`; bytes behind its end code are ignored.
 *
 * Nothing is allocated beyond twice of what has come out so far.
 *
 * @param limit how many bytes may come out.
 * @param buffer holds the result if that fits; otherwise an array is allocated.
 * @throws {LzwError} if the stream is cut off or broken, or exceeds `limit`.
 */
export function decompressLzw(input: Uint8Array, limit: number, buffer?: Uint8Array): Uint8Array {
  let output = buffer ?? new Uint8Array(Math.min(limit, 4 * input.length));
  let at = 0;
  let next = 0;
  let bits = 0;
  let bitCount = 0;
  let width = 9;
  let high = endCode;
  let overflow = 512;
  let lastStart = 0;
  // 0 while there is no last code: at the start, after a clear, and once the table is full.
  let lastLength = 0;

  while (true) {
    while (bitCount < width) {
      if (next >= input.length) throw new LzwError("truncated", "Compressed data ends too early");
      bits |= input[next++]! << bitCount;
      bitCount += 8;
    }
    const code = bits & ((1 << width) - 1);
    bits >>>= width;
    bitCount -= width;

    if (code === endCode) return output.subarray(0, at);
    if (code === clearCode) {
      width = 9;
      high = endCode;
      overflow = 512;
      lastLength = 0;
      continue;
    }

    // A code is either a literal or stands for bytes that are in the output
    // already. The newest code's last byte is the first that it now puts out.
    let start = 0;
    let length = 1;
    if (code > high) throw new LzwError("malformed", "Compressed data holds an unknown code");
    if (code === high && lastLength > 0) {
      start = lastStart;
      length = lastLength + 1;
    } else if (code > endCode) {
      start = expansionStarts[code]!;
      length = expansionLengths[code]!;
    }
    if (at + length > limit) throw new LzwError("too-large", `More than ${limit} bytes come out`);
    if (at + length > output.length) output = grown(output, at, at + length, limit);
    if (code < clearCode) output[at] = code;
    else for (let i = 0; i < length; i++) output[at + i] = output[start + i]!;

    if (lastLength > 0) {
      expansionStarts[high] = lastStart;
      expansionLengths[high] = lastLength + 1;
    }
    lastStart = at;
    lastLength = length;
    at += length;
    high++;
    if (high < overflow) continue;
    if (width === maxWidth) {
      lastLength = 0;
      high--;
    } else {
      width++;
      overflow *= 2;
    }
  }
}

function grown(output: Uint8Array, used: number, needed: number, limit: number): Uint8Array {
  const larger = new Uint8Array(Math.min(limit, Math.max(needed, 2 * output.length)));
  larger.set(output.subarray(0, used));
  return larger;
}
