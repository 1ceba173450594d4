/** The user event as a message (gossip.md section 19). */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { readBody, type Writable } from "../wire/message_body.ts";
import type { LamportTime } from "./lamport_clock.ts";
import { maxLamportTime, serfMessageType } from "./message_type.ts";

/** A user event on its way through the cluster. */
export interface EventMessage {
  readonly ltime: LamportTime;
  readonly name: string;
  readonly payload: Uint8Array | undefined;
  /** Whether events of this name may be merged when they come close together. */
  readonly coalesce: boolean;
}

const keys = {
  cc: encodeKey("CC"),
  ltime: encodeKey("LTime"),
  name: encodeKey("Name"),
  payload: encodeKey("Payload"),
};

const eventStruct = new StructReader<Writable<EventMessage>>({
  LTime: (reader, event) => event.ltime = reader.readUint(maxLamportTime),
  Name: (reader, event) => event.name = reader.readText(),
  Payload: (reader, event) => event.payload = reader.readBytes(),
  CC: (reader, event) => event.coalesce = reader.readBool(),
});

/** Writes a user event, type byte included. */
export function writeEvent(writer: MsgpackWriter, event: EventMessage): void {
  writer.writeByte(serfMessageType.userEvent);
  writer.writeMapLength(4);
  writer.writeEncoded(keys.cc);
  writer.writeBool(event.coalesce);
  writer.writeEncoded(keys.ltime);
  writer.writeUint(event.ltime);
  writer.writeEncoded(keys.name);
  writer.writeText(event.name);
  writer.writeEncoded(keys.payload);
  writer.writeBytes(event.payload);
}

/**
 * Reads a user event from behind its type byte; the payload is borrowed.
 *
 * @throws {WireError} if the message is malformed or its time beyond the limit.
 */
export function readEvent(reader: MsgpackReader): EventMessage {
  return readBody(eventStruct, reader, {
    ltime: 0,
    name: "",
    payload: undefined,
    coalesce: false,
  });
}
