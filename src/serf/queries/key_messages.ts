/** What the queries about encryption keys carry, there and back (gossip.md sections 19 and 25). */

import { bytes, flag, list, optional, text } from "../../bytes/msgpack_codec.ts";
import { message } from "../../wire/message_body.ts";
import { serfMessageType } from "../message_type.ts";

/** More keys than this in one answer are not counted: no ring holds them. */
const maxListedKeys = 1024;

/** Reads and writes a request; to list keys, the key is empty. The key is borrowed. */
export const { read: readKeyRequest, write: writeKeyRequest } = message(
  serfMessageType.keyRequest,
  { key: ["Key", bytes] },
);

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
