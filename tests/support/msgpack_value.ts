/** MessagePack of any form, for tests that do not know what they read. */

import { MsgpackError } from "../../src/bytes/msgpack_error.ts";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";

/** Any value; nil is `undefined`. */
export type MsgpackValue =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly MsgpackValue[]
  | ReadonlyMap<string, MsgpackValue>;

/**
 * Reads whatever comes next.
 *
 * Integers beyond 2^53 become `bigint`; map keys must be text, and the last of equal keys wins.
 * Extension types are refused, and lists and maps that are nested deeper than `depthLimit`.
 */
export function readAny(reader: MsgpackReader, depthLimit = 32): MsgpackValue {
  const bytes = reader.takeValue();
  return read(new MsgpackReader(bytes), bytes, depthLimit);
}

function read(reader: MsgpackReader, bytes: Uint8Array, depthLimit: number): MsgpackValue {
  const format = bytes[0]!;
  if (format === 0xc0) return undefined;
  if (format < 0x80 || format >= 0xe0) return reader.readInt();
  if (format < 0xa0 || format >= 0xdc) {
    if (depthLimit <= 0) throw new MsgpackError("malformed", "Lists and maps are nested too deep");
    const next = () => readAny(reader, depthLimit - 1);
    if (reader.isArrayNext()) {
      return Array.from({ length: reader.readArrayLength() ?? 0 }, next);
    }
    const entries = Array.from(
      { length: reader.readMapLength() ?? 0 },
      () => [reader.readText(), next()] as const,
    );
    return new Map(entries);
  }
  if (format < 0xc0 || format >= 0xd9) return reader.readText();
  if (format <= 0xc3) return reader.readBool();
  if (format <= 0xc6) return reader.readBytes();
  if (format === 0xca || format === 0xcb) return reader.readFloat();
  if (format < 0xca || format >= 0xd4) throw new MsgpackError("malformed", "an extension");
  const value = reader.readBigInt();
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
