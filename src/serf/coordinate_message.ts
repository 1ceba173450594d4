/** The position that rides on every ack: bytes and back (gossip.md section 31.1). */

import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import type { Coordinate } from "../coordinate/coordinate.ts";
import { readBody, type Writable } from "../wire/message_body.ts";
import { WireError } from "../wire/wire_error.ts";

/** The first byte of a payload. */
const payloadVersion = 1;

const keys = {
  adjustment: encodeKey("Adjustment"),
  error: encodeKey("Error"),
  height: encodeKey("Height"),
  vec: encodeKey("Vec"),
};

// Fields stand in the order in which the reference declares them.
const coordinateStruct = new StructReader<Writable<Coordinate>>({
  Vec: (reader, coordinate) => coordinate.vec = readNumbers(reader),
  Error: (reader, coordinate) => coordinate.error = reader.readFloat(),
  Adjustment: (reader, coordinate) => coordinate.adjustment = reader.readFloat(),
  Height: (reader, coordinate) => coordinate.height = reader.readFloat(),
});

/** Writes the payload of an ack, version byte included. */
export function writeCoordinate(writer: MsgpackWriter, coordinate: Coordinate): void {
  writer.writeByte(payloadVersion);
  writer.writeMapLength(4);
  writer.writeEncoded(keys.adjustment);
  writer.writeFloat(coordinate.adjustment);
  writer.writeEncoded(keys.error);
  writer.writeFloat(coordinate.error);
  writer.writeEncoded(keys.height);
  writer.writeFloat(coordinate.height);
  writer.writeEncoded(keys.vec);
  writer.writeArrayLength(coordinate.vec.length);
  for (const x of coordinate.vec) writer.writeFloat(x);
}

/**
 * Reads the payload of an ack. The numbers may be anything, infinity included.
 *
 * @throws {WireError} if the payload is malformed or of another version.
 */
export function readCoordinate(payload: Uint8Array): Coordinate {
  if (payload[0] !== payloadVersion) {
    throw new WireError("unknown-type", `unsupported version ${payload[0] ?? "none"}`);
  }
  const zeros = { vec: [], error: 0, adjustment: 0, height: 0 };
  return readBody(coordinateStruct, new MsgpackReader(payload, 1), zeros);
}

/** A declared length is no longer than the payload, so a packet bounds it. */
function readNumbers(reader: MsgpackReader): number[] {
  const numbers: number[] = [];
  for (let left = reader.readArrayLength() ?? 0; left > 0; left--) numbers.push(reader.readFloat());
  return numbers;
}
