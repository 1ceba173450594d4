/** User messages and errors on streams (gossip.md sections 5.5 and 5.7). */

import { text, unsigned } from "../bytes/msgpack_codec.ts";
import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { message, readTail } from "./message_body.ts";
import { maxStreamPayload, messageType } from "./message_type.ts";

const header = message(messageType.user, {
  length: ["UserMsgLen", unsigned(maxStreamPayload)],
});

const error = message(messageType.error, { text: ["Error", text] });

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
  return header.read(reader).length;
}

/** Writes a user message for a stream, type byte included. */
export function writeUserMessage(writer: MsgpackWriter, payload: Uint8Array): void {
  header.write(writer, { length: payload.length });
  writer.writeRaw(payload);
}

/**
 * Reads the body of an error message and returns its text.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readErrorMessage(reader: MsgpackReader): string {
  return error.read(reader).text;
}

/** Writes an error message, type byte included: why a request could not be read. */
export function writeErrorMessage(writer: MsgpackWriter, text: string): void {
  error.write(writer, { text });
}
