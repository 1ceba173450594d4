/**
 * LZW as in GIF: variable width, least significant bit first, 8-bit literals,
 * codes of at most 12 bits (gossip.md section 4.6).
 *
 * What `compressLzw` writes is what every reference writes, byte for byte.
 */

import { ByteWriter } from "./byte_writer.ts";
import { emptyBytes } from "./empty_bytes.ts";

const clearCode = 256;
const endCode = 257;
const maxWidth = 12;
/** The code after which the encoder starts a new dictionary; it is never used itself. */
const lastCode = 4095;

/** The empty input's stream; no other is shorter. */
const shortestStream = 3;

/** Why compressed data was refused. */
type LzwErrorReason = "truncated" | "malformed" | "too-large";

/** The input is not a complete LZW stream, or too much comes out of it. */
export class LzwError extends Error {
  override readonly name = "LzwError";
  readonly reason: LzwErrorReason;

  constructor(reason: LzwErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Slots of the encoder's dictionary, four times what it ever holds. */
const slotCount = 1 << 14;
const lastGeneration = 0x7ff;

/** The most bytes that an encoder can write for `length` bytes of input. */
function compressedBound(length: number): number {
  return Math.ceil(length * maxWidth / 8) + 2 * Math.ceil(length / 3838) + 8;
}

/** Compresses one input at a time, in parts. */
export class LzwEncoder {
  /**
   * The dictionary: an open hash table from (code, byte) to code.
   *
   * A key carries the generation it was stored in, so that starting over means
   * counting up, not wiping the table.
   */
  readonly #slotKeys = new Int32Array(slotCount);
  readonly #slotCodes = new Uint16Array(slotCount);
  #generation = 0;
  #base = 0;
  #writer = new ByteWriter(0);
  #start = 0;
  #limit = Infinity;
  /** Set aside in the writer for what comes next, of which `#left` bytes may be used. */
  #output = emptyBytes;
  #left = 0;
  #at = 0;
  #bits = 0;
  #bitCount = 0;
  #width = 9;
  #high = endCode;
  #overflow = 512;
  /** What the input since the last code written amounts to; -1 for nothing. */
  #code = -1;

  /**
   * Begins another input, whose compressed form is added to `writer`.
   *
   * @param limit gives up as soon as that has more bytes.
   */
  start(writer: ByteWriter, limit = Infinity): void {
    this.#writer = writer;
    this.#start = writer.length;
    this.#limit = limit;
    this.#bits = clearCode;
    this.#bitCount = 9;
    this.#code = -1;
    this.#startDictionary();
  }

  /** Takes the next bytes of the input; false if it gave up, and the writer is as it was. */
  push(input: Uint8Array): boolean {
    this.#reserve(input.length);
    this.#encode(input);
    return this.#commit();
  }

  /** Ends the input; false if it gave up, and the writer is as it was. */
  finish(): boolean {
    this.#reserve(0);
    if (this.#code >= 0) {
      this.#writeCode(this.#code);
      this.#addCode();
    }
    this.#writeCode(endCode);
    if (this.#bitCount > 0) this.#output[this.#at++] = this.#bits;
    return this.#commit();
  }

  #startDictionary(): void {
    if (this.#generation === lastGeneration) {
      this.#slotKeys.fill(0);
      this.#generation = 0;
    }
    this.#base = ++this.#generation << 20;
    this.#width = 9;
    this.#high = endCode;
    this.#overflow = 512;
  }

  #reserve(length: number): void {
    this.#left = this.#limit - (this.#writer.length - this.#start);
    const most = Math.min(compressedBound(length), Math.max(0, this.#left) + 4);
    this.#output = this.#writer.skip(most);
    this.#at = 0;
  }

  #commit(): boolean {
    const isWithin = this.#at <= this.#left;
    const unused = this.#output.length - this.#at;
    this.#writer.reset(isWithin ? this.#writer.length - unused : this.#start);
    return isWithin;
  }

  #encode(input: Uint8Array): void {
    const slotKeys = this.#slotKeys;
    const slotCodes = this.#slotCodes;
    let base = this.#base;
    let code = this.#code;
    for (let i = 0; i < input.length; i++) {
      const byte = input[i]!;
      if (code < 0) {
        code = byte;
        continue;
      }
      const pair = code << 8 | byte;
      const key = base | pair;
      let slot = (pair >>> 12 ^ pair) & (slotCount - 1);
      while (slotKeys[slot]! >= base && slotKeys[slot] !== key) slot = (slot + 1) & (slotCount - 1);
      if (slotKeys[slot] === key) {
        code = slotCodes[slot]!;
        continue;
      }
      this.#writeCode(code);
      if (this.#at > this.#left) break;
      code = byte;
      if (this.#addCode()) {
        slotKeys[slot] = key;
        slotCodes[slot] = this.#high;
      } else base = this.#base;
    }
    this.#code = code;
  }

  #writeCode(code: number): void {
    const output = this.#output;
    let at = this.#at;
    let bits = this.#bits | code << this.#bitCount;
    let bitCount = this.#bitCount + this.#width;
    for (; bitCount >= 8; bitCount -= 8) {
      output[at++] = bits;
      bits >>>= 8;
    }
    this.#at = at;
    this.#bits = bits;
    this.#bitCount = bitCount;
  }

  /** Makes room for another code; false if that began a new dictionary. */
  #addCode(): boolean {
    this.#high++;
    if (this.#high === this.#overflow) {
      this.#width++;
      this.#overflow *= 2;
    }
    if (this.#high !== lastCode) return true;
    this.#writeCode(clearCode);
    this.#startDictionary();
    return false;
  }
}

const encoder = new LzwEncoder();

/**
 * Compresses `input` and adds the result to `writer`.
 *
 * @param limit gives up as soon as the result has more bytes.
 * @returns whether it succeeded; if not, the writer is as it was.
 */
export function compressLzw(input: Uint8Array, writer: ByteWriter, limit = Infinity): boolean {
  if (limit < shortestStream) return false;
  encoder.start(writer, limit);
  return encoder.push(input) && encoder.finish();
}

/** Decompresses one input at a time, in parts. */
export class LzwDecoder {
  /** For each code, where in the output its expansion stands, and how long it is. */
  readonly #starts = new Uint32Array(lastCode + 1);
  readonly #lengths = new Uint32Array(lastCode + 1);
  #input = emptyBytes;
  #limit = 0;
  #output = emptyBytes;
  #at = 0;
  #next = 0;
  #bits = 0;
  #bitCount = 0;
  #width = 9;
  #high = endCode;
  #overflow = 512;
  #lastStart = 0;
  /** 0 while there is no last code: at the start, after a clear, and once the table is full. */
  #lastLength = 0;

  /**
   * Begins another input; bytes behind its end code are ignored.
   *
   * Nothing is allocated beyond twice of what has come out so far.
   *
   * @param limit how many bytes may come out.
   * @param buffer holds the result if that fits; otherwise an array is allocated.
   */
  start(input: Uint8Array, limit: number, buffer?: Uint8Array): void {
    this.#input = input;
    this.#limit = limit;
    this.#output = buffer ?? new Uint8Array(Math.min(limit, 4 * input.length));
    this.#at = 0;
    this.#next = 0;
    this.#bits = 0;
    this.#bitCount = 0;
    this.#startDictionary();
  }

  /**
   * Goes on until at least `count` more bytes have come out.
   *
   * @returns all that came out once the input is at its end, `undefined` before.
   * @throws {LzwError} if the stream is cut off or broken, or exceeds the limit.
   */
  take(count: number): Uint8Array | undefined {
    // Codes that put nothing out count, too: a stream may hold millions of them.
    const [pause, pauseInput] = [this.#at + count, this.#next + count];
    while (this.#at < pause && this.#next < pauseInput) {
      const code = this.#readCode();
      if (code === endCode) return this.#output.subarray(0, this.#at);
      if (code === clearCode) this.#startDictionary();
      else this.#expand(code);
    }
    return undefined;
  }

  #startDictionary(): void {
    this.#width = 9;
    this.#high = endCode;
    this.#overflow = 512;
    this.#lastLength = 0;
  }

  #readCode(): number {
    const width = this.#width;
    let bits = this.#bits;
    let bitCount = this.#bitCount;
    while (bitCount < width) {
      if (this.#next >= this.#input.length) {
        throw new LzwError("truncated", "Compressed data ends too early");
      }
      bits |= this.#input[this.#next++]! << bitCount;
      bitCount += 8;
    }
    this.#bits = bits >>> width;
    this.#bitCount = bitCount - width;
    return bits & ((1 << width) - 1);
  }

  /**
   * Puts out what a code stands for: a literal, or bytes that are in the output already.
   *
   * The newest code's last byte is the first that it now puts out.
   */
  #expand(code: number): void {
    const at = this.#at;
    const high = this.#high;
    let start = 0;
    let length = 1;
    if (code > high) throw new LzwError("malformed", "Compressed data holds an unknown code");
    if (code === high && this.#lastLength > 0) {
      start = this.#lastStart;
      length = this.#lastLength + 1;
    } else if (code > endCode) {
      start = this.#starts[code]!;
      length = this.#lengths[code]!;
    }
    const end = at + length;
    if (end > this.#limit) {
      throw new LzwError("too-large", `More than ${this.#limit} bytes come out`);
    }
    if (end > this.#output.length) this.#grow(end);
    const output = this.#output;
    if (code < clearCode) output[at] = code;
    else for (let i = 0; i < length; i++) output[at + i] = output[start + i]!;

    if (this.#lastLength > 0) {
      this.#starts[high] = this.#lastStart;
      this.#lengths[high] = this.#lastLength + 1;
    }
    this.#lastStart = at;
    this.#lastLength = length;
    this.#at = end;
    if (high + 1 < this.#overflow) this.#high++;
    else if (this.#width === maxWidth) this.#lastLength = 0;
    else {
      this.#high++;
      this.#width++;
      this.#overflow *= 2;
    }
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, 2 * this.#output.length)));
    larger.set(this.#output.subarray(0, this.#at));
    this.#output = larger;
  }
}

const decoder = new LzwDecoder();

/**
 * Decompresses `input`; see `LzwDecoder.start` for the parameters.
 *
 * @throws {LzwError} if the stream is cut off or broken, or exceeds `limit`.
 */
export function decompressLzw(input: Uint8Array, limit: number, buffer?: Uint8Array): Uint8Array {
  decoder.start(input, limit, buffer);
  return decoder.take(Infinity)!;
}
