/** Values and their bytes, to check codecs with. */

import assert from "node:assert/strict";
import type { Codec } from "../../src/bytes/msgpack_codec.ts";
import { MsgpackError, MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";

/** Returns a value as the client protocol writes it. */
export function hexOf<T>(codec: Codec<T>, value: T): string {
  const writer = new MsgpackWriter("modern");
  codec.write(writer, value);
  return writer.copy().toHex();
}

/** Reads a value that takes all of the bytes. */
export function read<T>(codec: Codec<T>, hex: string): T {
  const reader = new MsgpackReader(Uint8Array.fromHex(hex));
  const value = codec.read(reader);
  assert.equal(reader.remaining, 0, `${hex} is read to its end`);
  return value;
}

/** Checks that none of the bytes are read. */
export function refuses(codec: Codec<unknown>, ...hexes: readonly string[]): void {
  for (const hex of hexes) assert.throws(() => read(codec, hex), MsgpackError, hex);
}
