/** Messages: a type byte and a MessagePack struct, whose faults are `WireError`s. */

import { bytes, type Codec, optionalBytes, text } from "../bytes/msgpack_codec.ts";
import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { type Fields, struct, type StructOf } from "../bytes/msgpack_struct.ts";
import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { textLength } from "../bytes/text.ts";
import { maxNameLength } from "./message_type.ts";
import { asWireError, WireError } from "./wire_error.ts";

export interface Message<T> {
  /** The message whose fields are all absent. */
  readonly zero: () => T;
  /**
   * Reads a message from behind its type byte. Bytes in it are borrowed.
   *
   * @throws {WireError} if the bytes are another.
   */
  readonly read: (reader: MsgpackReader) => T;
  /** Like `read`, into an object whose absent fields keep what they hold, and which is returned. */
  readonly readInto: (reader: MsgpackReader, target: T) => T;
  /** Writes a message, type byte included. */
  readonly write: (writer: MsgpackWriter, message: T) => void;
}

/** Declares a kind of message: its type byte, and its fields in the reference's order. */
export function message<const F extends Fields>(type: number, fields: F): Message<StructOf<F>> {
  const body = struct(fields);
  return {
    zero: body.zero,
    read: (reader) => readBody(body, reader),
    readInto(reader, target) {
      try {
        return body.readInto(reader, target);
      } catch (error) {
        throw asWireError(error);
      }
    },
    write(writer, value) {
      writer.writeByte(type);
      body.write(writer, value);
    },
  };
}

/**
 * Reads a value.
 *
 * @throws {WireError} if the bytes are another.
 */
export function readBody<T>(codec: Codec<T>, reader: MsgpackReader): T {
  try {
    return codec.read(reader);
  } catch (error) {
    throw asWireError(error);
  }
}

/** Whether no member has this name. */
export function isNameTooLong(name: string): boolean {
  // A unit of text takes three bytes at most.
  return name.length > maxNameLength / 3 && textLength(name) > maxNameLength;
}

/** The name of a member; reading throws a `WireError` if it is too long for one. */
export const memberName: Codec<string> = {
  ...text,
  read(reader) {
    const name = reader.readText();
    if (!isNameTooLong(name)) return name;
    throw new WireError("too-large", `A name is longer than ${maxNameLength} bytes`);
  },
};

/** Short bytes that come again and again, shared by all that read them; nil reads as empty. */
export const internedBytes: Codec<Uint8Array> = {
  ...bytes,
  read: (reader) => reader.readInternedBytes() ?? bytes.zero(),
};

/** The same, or `undefined` for nil. */
export const optionalInternedBytes: Codec<Uint8Array | undefined> = {
  ...optionalBytes,
  read: (reader) => reader.readInternedBytes(),
};

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
