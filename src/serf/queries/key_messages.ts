/** What the queries about encryption keys carry, there and back (gossip.md sections 19 and 25). */

import { bytes, flag, list, optional, text } from "../../bytes/msgpack_codec.ts";
import type { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import type { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { message } from "../../wire/message_body.ts";
import { serfMessageType } from "../message_type.ts";

/** More keys than this in one answer are not counted: no ring holds them. */
const maxListedKeys = 1024;

const request = message(serfMessageType.keyRequest, { key: ["Key", bytes] });

/** What one member says to a change of keys, or which keys it has. */
export type KeyResponse = ReturnType<typeof readKeyResponse>;

/** Reads and writes an answer. */
export const { read: readKeyResponse, write: writeKeyResponse } = message(
  serfMessageType.keyResponse,
  {
    isOk: ["Result", flag],
    /** Why not, or a remark. */
    message: ["Message", text],
    /** In base64, the primary first; `undefined` unless keys were asked for. */
    keys: ["Keys", optional(list(text, maxListedKeys))],
    /** In base64; empty unless keys were asked for, and from older peers. */
    primaryKey: ["PrimaryKey", text],
  },
);

/** Writes the request; to list keys, the key is empty. */
export function writeKeyRequest(writer: MsgpackWriter, key: Uint8Array): void {
  request.write(writer, { key });
}

/**
 * Reads the key out of a request, from behind its type byte; it is borrowed.
 *
 * @throws {WireError} if the request is malformed.
 */
export function readKeyRequest(reader: MsgpackReader): Uint8Array {
  return request.read(reader).key;
}
