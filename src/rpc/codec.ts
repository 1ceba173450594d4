/**
 * Codecs of the client protocol beyond those of `bytes/msgpack_codec.ts`
 * (rpc.md section 2).
 *
 * Nothing that they read is borrowed.
 */

import { type Codec, optional, optionalBytes } from "../bytes/msgpack_codec.ts";
import { MsgpackError, type MsgpackReader } from "../bytes/msgpack_reader.ts";
import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";

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

/** Whether a command's body has this codec because it has none. */
export function isNothing(codec: Codec<unknown>): boolean {
  return codec === nothing;
}

/** Bytes, or `undefined` for none, which is not the same as empty. */
export const payload: Codec<Uint8Array | undefined> = {
  ...optionalBytes,
  read: (reader) => reader.readBytes()?.slice(),
};

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

/**
 * A field that travels only if it has a value: what the reference does not know shall not
 * change the bytes that it gets otherwise.
 */
export function extra<T>(item: Codec<T>): Codec<T | undefined> {
  return { ...optional(item), omits: (value) => value === undefined };
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
