/**
 * Where values end in a byte stream, and how a message is put together.
 *
 * The protocol has no framing: MessagePack values follow one another
 * (rpc.md section 1). The splitter finds the end of each without decoding it,
 * and looks at every byte once however the chunks fall, so that neither tiny
 * chunks nor big values make it slow.
 */

import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import type { Codec } from "./codec.ts";

/** A byte stream that is no MessagePack, or holds a value that is too long. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

const initialCapacity = 4096;

/** Cuts a byte stream into whole MessagePack values. */
export class ValueSplitter {
  readonly #limit: number;
  #buffer = new Uint8Array(initialCapacity);
  /** The value being gathered starts here, its unseen part at `#scan`, the bytes end at `#end`. */
  #start = 0;
  #scan = 0;
  #end = 0;
  /** How many values, nested ones included, must still follow to complete this one. */
  #missing = 1;

  /** `limit` is the greatest length of one value in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether a value has begun that is not complete, or not taken yet. */
  get isPartial(): boolean {
    return this.#end > this.#start;
  }

  /** Adds bytes, which are copied. Values taken before are no longer valid. */
  push(chunk: Uint8Array): void {
    this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Takes the next whole value; `undefined` if it is still incomplete.
   *
   * The bytes are borrowed until the next `push`.
   *
   * @throws {FrameError} if the stream cannot be read any further.
   */
  take(): Uint8Array | undefined {
    while (this.#missing > 0) {
      if (this.#scan >= this.#end) return undefined;
      if (!this.#scanOne()) return undefined;
      // Each missing value takes a byte at least, so a header that announces too
      // many is refused before they arrive.
      if (this.#scan - this.#start + this.#missing > this.#limit) {
        throw new FrameError(`value exceeds limit of ${this.#limit} bytes`);
      }
    }
    if (this.#scan > this.#end) return undefined;

    const value = this.#buffer.subarray(this.#start, this.#scan);
    this.#start = this.#scan;
    this.#missing = 1;
    return value;
  }

  /** Passes one value without its members; false if its length has not arrived yet. */
  #scanOne(): boolean {
    const type = this.#buffer[this.#scan]!;
    let argument = 0;
    let skipped = 0;
    let members = 0;
    if (type >= 0x80 && type <= 0x8f) members = 2 * (type & 0x0f);
    else if (type >= 0x90 && type <= 0x9f) members = type & 0x0f;
    else if (type >= 0xa0 && type <= 0xbf) skipped = type & 0x1f;
    else if (type >= 0xc0 && type <= 0xdf) {
      const shape = shapes[type - 0xc0]!;
      if (shape.kind === "invalid") throw new FrameError("invalid type byte c1");
      argument = shape.argument;
      if (this.#scan + 1 + argument > this.#end) return false;
      const count = this.#readCount(argument);
      if (shape.kind === "bytes") skipped = count + shape.extra;
      else if (shape.kind === "array") members = count;
      else if (shape.kind === "map") members = 2 * count;
      else skipped = shape.extra;
    }
    this.#scan += 1 + argument + skipped;
    this.#missing += members - 1;
    return true;
  }

  #readCount(length: number): number {
    let count = 0;
    for (let i = 1; i <= length; i++) count = count * 256 + this.#buffer[this.#scan + i]!;
    return count;
  }

  /** Moves what is left to the front, into a bigger buffer if that is not enough. */
  #makeRoom(length: number): void {
    const kept = this.#end - this.#start;
    if (kept > 0 && this.#end + length <= this.#buffer.length) return;

    let target = this.#buffer;
    if (kept + length > target.length) {
      // Doubling keeps the copying of a value that arrives in pieces linear.
      let capacity = initialCapacity;
      while (capacity < kept + length) capacity *= 2;
      target = new Uint8Array(capacity);
    } else if (kept === 0 && target.length > 16 * initialCapacity) {
      target = new Uint8Array(Math.max(initialCapacity, length));
    }
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#scan -= this.#start;
    this.#start = 0;
    this.#end = kept;
  }
}

/** What follows a type byte from c0 to df. */
interface Shape {
  readonly kind: "plain" | "bytes" | "array" | "map" | "invalid";
  /** Bytes of the count that follows the type byte. */
  readonly argument: number;
  /** Further bytes, the count's own aside. */
  readonly extra: number;
}

const shapes: readonly Shape[] = [
  plain(0), // c0 nil
  { kind: "invalid", argument: 0, extra: 0 },
  plain(0), // c2 false
  plain(0), // c3 true
  counted("bytes", 1), // c4 bin8
  counted("bytes", 2),
  counted("bytes", 4),
  counted("bytes", 1, 1), // c7 ext8: one more byte for its type
  counted("bytes", 2, 1),
  counted("bytes", 4, 1),
  plain(4), // ca float32
  plain(8), // cb float64
  plain(1), // cc uint8
  plain(2),
  plain(4),
  plain(8),
  plain(1), // d0 int8
  plain(2),
  plain(4),
  plain(8),
  plain(2), // d4 fixext1
  plain(3),
  plain(5),
  plain(9),
  plain(17),
  counted("bytes", 1), // d9 str8
  counted("bytes", 2),
  counted("bytes", 4),
  counted("array", 2), // dc array16
  counted("array", 4),
  counted("map", 2), // de map16
  counted("map", 4),
];

function plain(extra: number): Shape {
  return { kind: "plain", argument: 0, extra };
}

function counted(kind: "bytes" | "array" | "map", argument: number, extra = 0): Shape {
  return { kind, argument, extra };
}

/** A value with the way to write it. */
export interface Encodable {
  write(writer: MsgpackWriter): void;
}

/** Binds a value to its coding. */
export function encodable<T>(codec: Codec<T>, value: T): Encodable {
  return { write: (writer) => codec.write(writer, value) };
}

/** Writes values one after another and returns a copy of their bytes. */
export function encodeMessage(writer: MsgpackWriter, ...values: readonly Encodable[]): Uint8Array {
  writer.reset();
  for (const value of values) value.write(writer);
  return writer.copy();
}
