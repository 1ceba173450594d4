/**
 * Messages about who comes and goes: join and leave intents (gossip.md section 19).
 *
 * Writers write the type byte and the body. Readers stand behind the type byte
 * and throw a `WireError` on anything malformed, Lamport times beyond
 * `maxLamportTime` included; they skip fields they do not know.
 */

import { flag } from "../bytes/msgpack_codec.ts";
import { memberName, message } from "../wire/message_body.ts";
import { lamportTime, serfMessageType } from "./message_type.ts";

/** A member says that it is here. */
export type JoinIntent = ReturnType<typeof readJoin>;

/** Reads and writes a join intent. */
export const { read: readJoin, write: writeJoin } = message(serfMessageType.join, {
  ltime: ["LTime", lamportTime],
  node: ["Node", memberName],
});

/** A member says that it, or another one, goes. */
export type LeaveIntent = ReturnType<typeof readLeave>;

/** Reads and writes a leave intent. */
export const { read: readLeave, write: writeLeave } = message(serfMessageType.leave, {
  ltime: ["LTime", lamportTime],
  node: ["Node", memberName],
  /** Whether to forget the member at once instead of keeping it as left. */
  prune: ["Prune", flag],
});
