/**
 * An output buffer that is filled, read, and filled again.
 *
 * It grows by doubling and never shrinks, so a writer that is kept soon allocates nothing.
 */

import { encodeTextInto } from "./text.ts";

/** Collects bytes; numbers are written in network byte order. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** The number of bytes written since the last reset. */
  get length(): number {
    return this.#length;
  }

  /** Starts over, or goes back to the first `length` bytes; keeps the buffer. */
  reset(length = 0): void {
    this.#length = Math.min(length, this.#length);
  }

  /** Returns what was written from `start` on, borrowed until the next write or reset. */
  view(start = 0): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(start, this.#length);
  }

  /** Returns a copy of what was written from `start` on. */
  copy(start = 0): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(start, this.#length);
  }

  /** Adds one byte; only the low 8 bits of `value` count. */
  writeByte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Adds two bytes; only the low 16 bits of `value` count. */
  writeUint16(value: number): void {
    this.#reserve(2);
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  /** Adds four bytes; only the low 32 bits of `value` count. */
  writeUint32(value: number): void {
    this.#reserve(4);
    this.#bytes[this.#length++] = value >>> 24;
    this.#bytes[this.#length++] = value >>> 16;
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  /** Adds eight bytes: an integer, negative ones in two's complement. */
  writeInt64(value: number | bigint): void {
    const whole = typeof value === "bigint";
    this.writeUint32(whole ? Number(value >> 32n & 0xffff_ffffn) : Math.floor(value / 2 ** 32));
    this.writeUint32(whole ? Number(value & 0xffff_ffffn) : value >>> 0);
  }

  writeRaw(bytes: Uint8Array): void {
    const length = bytes.length;
    this.#reserve(length);
    // For the few bytes of a key or an address a loop beats the call.
    if (length > 32) this.#bytes.set(bytes, this.#length);
    else for (let i = 0; i < length; i++) this.#bytes[this.#length + i] = bytes[i]!;
    this.#length += length;
  }

  /** Adds text that takes `length` bytes when encoded (see `textLength`). */
  writeRawText(text: string, length: number): void {
    this.#reserve(length);
    encodeTextInto(text, this.#bytes, this.#length);
    this.#length += length;
  }

  /** Sets `length` bytes aside, whatever they hold, and returns them, borrowed, to be filled in. */
  skip(length: number): Uint8Array<ArrayBuffer> {
    this.#reserve(length);
    this.#length += length;
    return this.#bytes.subarray(this.#length - length, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
