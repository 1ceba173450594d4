/**
 * Finds where MessagePack values end without reading them, also while their
 * bytes are still arriving.
 *
 * It never looks at a byte twice and counts what is owed instead of recursing,
 * so neither tiny chunks nor deep nesting make it slow.
 */

import { unexpectedFormat } from "./msgpack_error.ts";

/** For each format from 0xc0 on, the size of the length behind it. */
const lengthSizes = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
);

/** For each format from 0xc0 on, how many bytes it has beyond those the length counts. */
const fixedSizes = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0],
);

/** Walks over values in a buffer whose end moves on. */
export class MsgpackScanner {
  #position = 0;
  #owed = 0;

  /** Begins at `position`, to pass over `count` values. */
  start(position: number, count: number): void {
    this.#position = position;
    this.#owed = count;
  }

  /** How far it got; beyond the known end while it waits for the rest of a long value. */
  get position(): number {
    return this.#position;
  }

  /** How many values are missing, as far as is known: what they contain shows only later. */
  get owed(): number {
    return this.#owed;
  }

  /** Follows the bytes when they are moved within their buffer, forward or (negative) back. */
  shift(distance: number): void {
    this.#position += distance;
  }

  /**
   * Goes on as far as the bytes before `end` allow.
   *
   * @returns whether all values are complete; `position` is then right behind them.
   * @throws {MsgpackError} `malformed` at a byte that starts no value.
   */
  scan(bytes: Uint8Array, end: number): boolean {
    while (this.#owed > 0) {
      if (this.#position >= end || !this.#scanHead(bytes, end)) return false;
    }
    return this.#position <= end;
  }

  /** Steps over one value's head and payload, and owes what it contains; false if cut off. */
  #scanHead(bytes: Uint8Array, end: number): boolean {
    const format = bytes[this.#position]!;
    if (format < 0x80 || format >= 0xe0) return this.#step(1, 0);
    if (format < 0x90) return this.#step(1, 2 * (format & 0x0f));
    if (format < 0xa0) return this.#step(1, format & 0x0f);
    if (format < 0xc0) return this.#step(1 + (format & 0x1f), 0);
    if (format === 0xc1) throw unexpectedFormat("a value", format);

    const lengthSize = lengthSizes[format - 0xc0]!;
    const head = 1 + lengthSize;
    if (this.#position + head > end) return false;
    let length = 0;
    for (let i = 1; i < head; i++) length = length * 0x100 + bytes[this.#position + i]!;
    if (format >= 0xde) return this.#step(head, 2 * length);
    if (format >= 0xdc) return this.#step(head, length);
    return this.#step(head + length + fixedSizes[format - 0xc0]!, 0);
  }

  #step(size: number, values: number): true {
    this.#position += size;
    this.#owed += values - 1;
    return true;
  }
}
