/**
 * Codings: how one kind of value is read and written (rpc.md section 2).
 *
 * Commands declare their fields with these, so that each field is named once.
 * Readers take whatever the reference takes: records as maps or as arrays,
 * unknown fields, and nil for anything. Writers give what the reference gives.
 */

import { MsgpackError, type MsgpackReader } from "../bytes/msgpack_reader.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";

/** How values of one kind travel. */
export interface Codec<T> {
  /** The value of a field that is absent or nil. */
  zero(): T;
  /** Reads a value; nothing in it is borrowed. Throws a `MsgpackError` if it is of another kind. */
  read(reader: MsgpackReader): T;
  /** Writes a value. */
  write(writer: MsgpackWriter, value: T): void;
  /** Whether a record leaves out a field with this value; by default it leaves out none. */
  omits?(value: T): boolean;
}

/** How a record travels. */
export interface RecordCodec<T> extends Codec<T> {
  /** Reads a record whose absent fields keep the values of `previous`. */
  readOver(reader: MsgpackReader, previous: T): T;
}

/**
 * A request's number, which the client chooses from 0 to 2^64-1.
 *
 * A `number` wherever that is exact and a `bigint` otherwise, so that equal ones
 * are equal as map keys.
 */
export type Sequence = number | bigint;

/** The body of a command that has none. */
export const nothing: Codec<undefined> = {
  zero: () => undefined,
  read: () => undefined,
  write: () => {},
};

/** Text that need not be UTF-8. */
export const text: Codec<string> = {
  zero: () => "",
  read: (reader) => reader.readText(),
  write: (writer, value) => writer.writeText(value),
};

/** Bytes, or `undefined` for none, which is not the same as empty. */
export const payload: Codec<Uint8Array | undefined> = {
  zero: () => undefined,
  read: (reader) => reader.readBytes()?.slice(),
  write: (writer, value) => writer.writeBytes(value),
};

/** A boolean. */
export const flag: Codec<boolean> = {
  zero: () => false,
  read: (reader) => reader.readBool(),
  write: (writer, value) => writer.writeBool(value),
};

/** A float of 64 bits. */
export const float: Codec<number> = {
  zero: () => 0,
  read: (reader) => reader.readFloat(),
  write: (writer, value) => writer.writeFloat(value),
};

/** An unsigned integer of 8 bits. */
export const uint8: Codec<number> = unsigned(0xff);

/** An unsigned integer of 16 bits. */
export const uint16: Codec<number> = unsigned(0xffff);

/**
 * An unsigned integer of 64 bits that counts something.
 *
 * Beyond 2^53-1, where no real counter gets, it reads as 2^53-1.
 */
export const counter: Codec<number> = {
  zero: () => 0,
  read: (reader) => Math.min(Number(readUint64(reader)), Number.MAX_SAFE_INTEGER),
  write: (writer, value) => writer.writeUint(value),
};

/** A {@linkcode Sequence}. */
export const sequence: Codec<Sequence> = {
  zero: () => 0,
  read(reader) {
    const value = readUint64(reader);
    return value > Number.MAX_SAFE_INTEGER ? value : Number(value);
  },
  write: (writer, value) => writer.writeUint(value),
};

/** A signed integer of 32 bits. */
export const int32: Codec<number> = {
  zero: () => 0,
  read: (reader) => reader.readInt(-0x8000_0000, 0x7fff_ffff),
  write: writeSigned,
};

/** A signed integer of 64 bits, as exact as a `number` can be; it must be whole. */
export const int64: Codec<number> = {
  zero: () => 0,
  read(reader) {
    const value = reader.readBigInt();
    if (value !== BigInt.asIntN(64, value)) throw outOfRange();
    return Number(value);
  },
  write: writeSigned,
};

/** A list; nil reads as empty. */
export function list<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    zero: () => [],
    read(reader) {
      const length = reader.readArrayLength() ?? 0;
      const values: T[] = [];
      for (let i = 0; i < length; i++) values.push(item.read(reader));
      return values;
    },
    write(writer, values) {
      writer.writeArrayLength(values.length);
      for (const value of values) item.write(writer, value);
    },
  };
}

/** A map with text as keys, written in their order; nil reads as empty. */
export function textMap<T>(item: Codec<T>): Codec<ReadonlyMap<string, T>> {
  return {
    zero: () => new Map(),
    read(reader) {
      const length = reader.readMapLength() ?? 0;
      const values = new Map<string, T>();
      for (let i = 0; i < length; i++) {
        const key = reader.readText();
        values.set(key, item.read(reader));
      }
      return values;
    },
    write(writer, values) {
      writer.writeMapLength(values.size);
      for (const [key, value] of [...values].sort(byKey)) {
        writer.writeText(key);
        item.write(writer, value);
      }
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

/**
 * A switch that travels only if it is on: what the reference does not know shall not
 * change the bytes that it gets otherwise.
 */
export const extraFlag: Codec<boolean | undefined> = {
  zero: () => undefined,
  read: (reader) => flag.read(reader) || undefined,
  write: (writer, value) => flag.write(writer, value === true),
  omits: (value) => value !== true,
};

/** A field that travels only if it has a value, for the same reason. */
export function extra<T>(item: Codec<T>): Codec<T | undefined> {
  return { ...optional(item), omits: (value) => value === undefined };
}

/** For each property of a record: its field's name on the wire, and its coding. */
export type Fields = Readonly<Record<string, readonly [name: string, codec: Codec<unknown>]>>;

/** The record that `Fields` describe. */
export type RecordOf<F extends Fields> = {
  readonly [P in keyof F]: F[P][1] extends Codec<infer T> ? T : never;
};

interface Field {
  readonly property: string;
  readonly name: string;
  readonly codec: Codec<unknown>;
}

/** A record, with its fields in the order that its array form has. */
export function record<const F extends Fields>(fields: F): RecordCodec<RecordOf<F>> {
  const declared: Field[] = Object.entries(fields).map(([property, [name, codec]]) => {
    return { property, name, codec };
  });
  const named = new Map(declared.map((field) => [field.name, field]));
  const written = declared
    .toSorted((a, b) => a.name < b.name ? -1 : 1)
    .map((field) => ({ ...field, key: encodeKey(field.name) }));
  const canOmit = written.some(({ codec }) => codec.omits);

  const zero = () => {
    const values: Record<string, unknown> = {};
    for (const { property, codec } of declared) values[property] = codec.zero();
    return build(values);
  };
  // Every property is set by the codec of its own field, so the shape is right by
  // construction; the compiler cannot follow that through the loop.
  const build = (values: Record<string, unknown>) => values as RecordOf<F>;

  const readOver = (reader: MsgpackReader, previous: RecordOf<F>) => {
    const values: Record<string, unknown> = { ...previous };
    const isArray = reader.isArrayNext();
    const length = (isArray ? reader.readArrayLength() : reader.readMapLength()) ?? 0;
    for (let i = 0; i < length; i++) {
      const field = isArray ? declared[i] : named.get(reader.readText());
      if (field) values[field.property] = field.codec.read(reader);
      else reader.skip();
    }
    return build(values);
  };
  return {
    zero,
    readOver,
    read: (reader) => readOver(reader, zero()),
    write(writer, value) {
      const values: Record<string, unknown> = value;
      const present = canOmit
        ? written.filter(({ property, codec }) => !codec.omits?.(values[property]))
        : written;
      writer.writeMapLength(present.length);
      for (const { key, property, codec } of present) {
        writer.writeRaw(key);
        codec.write(writer, values[property]);
      }
    },
  };
}

function unsigned(max: number): Codec<number> {
  return {
    zero: () => 0,
    read: (reader) => reader.readUint(max),
    write: (writer, value) => writer.writeUint(value),
  };
}

function readUint64(reader: MsgpackReader): bigint {
  const value = reader.readBigInt();
  if (value < 0n) throw outOfRange();
  return value;
}

function outOfRange(): MsgpackError {
  return new MsgpackError("out-of-range", "An integer is out of range");
}

/**
 * Writes a signed integer.
 *
 * Parity: from 128 on the reference keeps to the signed formats, although an
 * unsigned one would be shorter.
 */
function writeSigned(writer: MsgpackWriter, value: number): void {
  if (value < 0x80) return writer.writeInt(value);
  if (value < 0x8000) {
    writer.writeByte(0xd1);
    writer.writeUint16(value);
  } else if (value < 0x8000_0000) {
    writer.writeByte(0xd2);
    writer.writeUint32(value);
  } else {
    writer.writeByte(0xd3);
    writer.writeInt64(BigInt(value));
  }
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
