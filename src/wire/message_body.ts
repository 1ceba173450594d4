/** Reading message bodies: MessagePack structs whose faults are `WireError`s. */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import type { StructReader } from "../bytes/msgpack_struct.ts";
import { textLength } from "../bytes/text.ts";
import { maxNameLength } from "./message_type.ts";
import { asWireError, WireError } from "./wire_error.ts";

/** The largest value of a 32-bit field. */
export const uint32 = 0xffff_ffff;

/** The largest value of a 16-bit field. */
export const uint16 = 0xffff;

/** An object whose fields a reader fills in. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads a struct into `target`, which holds the zero values, and returns it.
 *
 * @throws {WireError} if the bytes are no such struct.
 */
export function readBody<T>(struct: StructReader<T>, reader: MsgpackReader, target: T): T {
  try {
    return struct.read(reader, target);
  } catch (error) {
    throw asWireError(error);
  }
}

/** Whether no member has this name. */
export function isNameTooLong(name: string): boolean {
  // A unit of text takes three bytes at most.
  return name.length > maxNameLength / 3 && textLength(name) > maxNameLength;
}

/**
 * Reads the name of a member.
 *
 * @throws {WireError} if it is too long for one.
 */
export function readName(reader: MsgpackReader): string {
  const name = reader.readText();
  if (!isNameTooLong(name)) return name;
  throw new WireError("too-large", `A name is longer than ${maxNameLength} bytes`);
}

/**
 * Takes the `length` bytes that follow a header, as a view.
 *
 * @throws {WireError} if there are fewer.
 */
export function readTail(reader: MsgpackReader, length: number): Uint8Array {
  try {
    return reader.takeBytes(length);
  } catch (error) {
    throw asWireError(error);
  }
}
