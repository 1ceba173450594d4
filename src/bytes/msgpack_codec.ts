/**
 * Codecs: how one kind of value travels as MessagePack. `msgpack_struct.ts` makes messages of them.
 *
 * Readers take whatever the reference takes, nil for anything included; writers give what the
 * reference gives. Bytes that are read are views on the input.
 */

import { emptyBytes } from "./empty_bytes.ts";
import type { MsgpackReader } from "./msgpack_reader.ts";
import type { MsgpackWriter } from "./msgpack_writer.ts";

/** How values of one kind travel: functions that stand for themselves. */
export interface Codec<T> {
  /** The value of a field that is absent or nil. */
  zero(this: void): T;
  /** Reads a value. Throws a `MsgpackError` if it is of another kind. */
  read(this: void, reader: MsgpackReader): T;
  write(this: void, writer: MsgpackWriter, value: T): void;
  /** Whether a struct leaves out a field with this value; by default it leaves out none. */
  omits?(this: void, value: T): boolean;
}

/** Text that need not be UTF-8. */
export const text: Codec<string> = {
  zero: () => "",
  read: (reader) => reader.readText(),
  write: (writer, value) => writer.writeText(value),
};

/** Bytes; nil reads as empty. */
export const bytes: Codec<Uint8Array> = {
  zero: () => emptyBytes,
  read: (reader) => reader.readBytes() ?? emptyBytes,
  write: (writer, value) => writer.writeBytes(value),
};

/** Bytes, or `undefined` for nil, which is not the same as empty. */
export const optionalBytes: Codec<Uint8Array | undefined> = {
  zero: () => undefined,
  read: (reader) => reader.readBytes(),
  write: (writer, value) => writer.writeBytes(value),
};

export const flag: Codec<boolean> = {
  zero: () => false,
  read: (reader) => reader.readBool(),
  write: (writer, value) => writer.writeBool(value),
};

export const float: Codec<number> = {
  zero: () => 0,
  read: (reader) => reader.readFloat(),
  write: (writer, value) => writer.writeFloat(value),
};

/** A signed integer that a `number` can hold exactly. */
export const int: Codec<number> = {
  zero: () => 0,
  read: (reader) => reader.readInt(),
  write: (writer, value) => writer.writeInt(value),
};

export const uint8 = unsigned(0xff);

export const uint16 = unsigned(0xffff);

export const uint32 = unsigned(0xffff_ffff);

/** An unsigned integer of at most `max`. */
export function unsigned(max: number): Codec<number> {
  return {
    zero: () => 0,
    read: (reader) => reader.readUint(max),
    write: (writer, value) => writer.writeUint(value),
  };
}

/** A list; nil reads as empty. What is beyond the first `limit` values is passed over. */
export function list<T>(item: Codec<T>, limit = Infinity): Codec<readonly T[]> {
  return {
    zero: () => [],
    read(reader) {
      const length = reader.readArrayLength() ?? 0;
      const values: T[] = [];
      for (let i = 0; i < length; i++) {
        if (i < limit) values.push(item.read(reader));
        else reader.skip();
      }
      return values;
    },
    write(writer, values) {
      writer.writeArrayLength(values.length);
      for (const value of values) item.write(writer, value);
    },
  };
}

/** A value that may be missing, which travels as nil. */
export function optional<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    zero: () => undefined,
    read: (reader) => reader.tryNil() ? undefined : item.read(reader),
    write: (writer, value) => value === undefined ? writer.writeNil() : item.write(writer, value),
  };
}

/** A value that is left out of its struct where it is zero, empty or `undefined`. */
export function omitEmpty<T extends number | string | Uint8Array | undefined>(
  item: Codec<T>,
): Codec<T> {
  return {
    ...item,
    omits: (value) => !value || (value instanceof Uint8Array && value.length === 0),
  };
}

/** A value that is written, and passed over where it is read, so that nothing in it is refused. */
export function writeOnly<T>(item: Pick<Codec<T>, "zero" | "write">): Codec<T> {
  return {
    ...item,
    read(reader) {
      reader.skip();
      return item.zero();
    },
  };
}
