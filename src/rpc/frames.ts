/**
 * Where values end in a byte stream, and how a message is put together.
 *
 * The protocol has no framing: MessagePack values follow one another
 * (rpc.md section 1). The splitter finds the end of each without decoding it,
 * and looks at every byte once, whatever the size of chunks and values.
 */

import type { Codec } from "../bytes/msgpack_codec.ts";
import { MsgpackScanner } from "../bytes/msgpack_scanner.ts";
import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";

/** A byte stream that holds a value that is too long. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** More bytes than most messages have, so that a buffer seldom grows. */
const initialCapacity = 4096;

/** A buffer that has grown beyond this is given back once it is empty. */
const keptCapacity = 16 * initialCapacity;

/** Cuts a byte stream into whole MessagePack values. */
export class ValueSplitter {
  /** The greatest length of one value in bytes; a new limit holds from the next `take` on. */
  limit: number;
  readonly #scanner = new MsgpackScanner();
  #buffer = new Uint8Array(initialCapacity);
  /** The value being gathered starts here; the bytes end at `#end`. */
  #start = 0;
  #end = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.#scanner.start(0, 1);
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
   * @throws {FrameError} if the value is, or announces that it will be, too long.
   * @throws {MsgpackError} at a byte that starts no value.
   */
  take(): Uint8Array | undefined {
    const isWhole = this.#scanner.scan(this.#buffer, this.#end);
    const end = this.#scanner.position;
    // Each missing value takes a byte at least, so a value that announces too many
    // is refused before they arrive.
    if (end - this.#start + this.#scanner.owed > this.limit) {
      throw new FrameError(`value exceeds limit of ${this.limit} bytes`);
    }
    if (!isWhole) return undefined;

    const value = this.#buffer.subarray(this.#start, end);
    this.#start = end;
    this.#scanner.start(end, 1);
    return value;
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
    } else if (kept === 0 && target.length > keptCapacity) {
      target = new Uint8Array(Math.max(initialCapacity, length));
    }
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#scanner.shift(-this.#start);
    this.#start = 0;
    this.#end = kept;
  }
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

/** Writes a long message piece by piece: each is encoded when it is asked for. */
export function* encodePieces(
  writer: MsgpackWriter,
  head: Encodable,
  rest: Iterable<Encodable>,
): Generator<Uint8Array> {
  yield encodeMessage(writer, head);
  for (const piece of rest) yield encodeMessage(writer, piece);
}
