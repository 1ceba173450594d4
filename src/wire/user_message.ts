/** User messages and errors on streams (gossip.md sections 5.5 and 5.7). */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { readBody, readTail } from "./message_body.ts";
import { maxStreamPayload, messageType } from "./message_type.ts";

const keys = { error: encodeKey("Error"), userMsgLen: encodeKey("UserMsgLen") };

const headerStruct = new StructReader<{ length: number }>({
  UserMsgLen: (reader, header) => header.length = reader.readUint(maxStreamPayload),
});

const errorStruct = new StructReader<{ text: string }>({
  Error: (reader, error) => error.text = reader.readText(),
});

/**
 * Reads the body of a user message on a stream and returns its payload as a view.
 *
 * @throws {WireError} if the bytes are not one, or it is longer than 20 MiB.
 */
export function readUserMessage(reader: MsgpackReader): Uint8Array {
  return readTail(reader, readUserMessageLength(reader));
}

/** Reads only the header: how long the payload is that follows. */
export function readUserMessageLength(reader: MsgpackReader): number {
  return readBody(headerStruct, reader, { length: 0 }).length;
}

/** Writes a user message for a stream, type byte included. */
export function writeUserMessage(writer: MsgpackWriter, payload: Uint8Array): void {
  writer.writeByte(messageType.user);
  writer.writeMapLength(1);
  writer.writeEncoded(keys.userMsgLen);
  writer.writeUint(payload.length);
  writer.writeRaw(payload);
}

/**
 * Reads the body of an error message and returns its text.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readErrorMessage(reader: MsgpackReader): string {
  return readBody(errorStruct, reader, { text: "" }).text;
}

/** Writes an error message, type byte included: why a request could not be read. */
export function writeErrorMessage(writer: MsgpackWriter, text: string): void {
  writer.writeByte(messageType.error);
  writer.writeMapLength(1);
  writer.writeEncoded(keys.error);
  writer.writeText(text);
}
