/**
 * Several messages in one packet (gossip.md section 4.7).
 *
 * At most 127 parts are written, because old peers misread more; 255 are read.
 */

import { assert } from "../assert.ts";
import { maxPartsWritten, messageType } from "./message_type.ts";
import { WireError } from "./wire_error.ts";

/** Bytes that a compound message has besides its parts and their lengths. */
export const compoundHeader = 2;

/** What a message costs in a compound beyond its own bytes. */
export const partOverhead = 2;

/** The space in front of the parts that the longest head can take. */
const headRoom = compoundHeader + partOverhead * maxPartsWritten;

/**
 * Visits the parts of the compound message that `bytes` hold from `start` to `end`.
 *
 * @param start where the message's type byte stands.
 * @param visit gets the positions of each part that is complete and not empty.
 * @returns how many parts at the end are missing because the message is cut off.
 * @throws {WireError} if not even the list of lengths is there.
 */
export function forEachPart(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (start: number, end: number) => void,
): number {
  const count = start + 1 < end ? bytes[start + 1]! : undefined;
  if (count === undefined) throw new WireError("truncated", "Compound message has no part count");
  let partStart = start + compoundHeader + partOverhead * count;
  if (partStart > end) throw new WireError("truncated", "Compound message lacks part lengths");

  for (let i = 0; i < count; i++) {
    const at = start + compoundHeader + partOverhead * i;
    const partEnd = partStart + (bytes[at]! << 8 | bytes[at + 1]!);
    if (partEnd > end) return count - i;
    if (partEnd > partStart) visit(partStart, partEnd);
    partStart = partEnd;
  }
  return 0;
}

/** Collects messages and makes one packet of them; used again and again. */
export class PacketBuilder {
  #bytes = new Uint8Array(2048);
  #lengths: number[] = [];
  #end = headRoom;
  #room = 0;

  /**
   * Starts a new packet.
   *
   * @param room bytes for the messages that `add` adds, each costing 2 more than its length.
   */
  reset(room: number): void {
    this.#lengths.length = 0;
    this.#end = headRoom;
    this.#room = room;
  }

  /** How many messages there are. */
  get count(): number {
    return this.#lengths.length;
  }

  /** How long a message may be for `add` to take it; negative if none fits any more. */
  get room(): number {
    return this.#lengths.length < maxPartsWritten ? this.#room - partOverhead : -1;
  }

  /** Adds a message that the room was not meant for: the one that others ride on. */
  addFirst(message: Uint8Array): void {
    assert(this.count === 0, "The first message comes first");
    this.#append(message, 0);
  }

  /**
   * Adds a message, copying it, if it fits.
   *
   * @param type is written in front of it, and counts as part of it.
   */
  add(message: Uint8Array, type?: number): boolean {
    const extra = type === undefined ? 0 : 1;
    if (message.length + extra > this.room) return false;
    this.#room -= partOverhead + message.length + extra;
    this.#append(message, extra);
    if (type !== undefined) this.#bytes[this.#end - message.length - 1] = type;
    return true;
  }

  /**
   * Returns the finished packet, borrowed until the next reset: the message
   * itself if there is only one, a compound otherwise, empty if there is none.
   */
  build(): Uint8Array {
    if (this.count < 2) return this.#bytes.subarray(headRoom, this.#end);
    const start = headRoom - compoundHeader - partOverhead * this.count;
    let at = start;
    this.#bytes[at++] = messageType.compound;
    this.#bytes[at++] = this.count;
    for (const length of this.#lengths) {
      this.#bytes[at++] = length >> 8;
      this.#bytes[at++] = length;
    }
    return this.#bytes.subarray(start, this.#end);
  }

  #append(message: Uint8Array, extra: number): void {
    const length = message.length + extra;
    assert(length > 0 && length <= 0xffff, "A part has between 1 and 65,535 bytes");
    const end = this.#end + length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
    }
    this.#bytes.set(message, this.#end + extra);
    this.#lengths.push(length);
    this.#end = end;
  }
}
