/** The user event as a message (gossip.md section 19). */

import { flag, optionalBytes, text } from "../../bytes/msgpack_codec.ts";
import { message } from "../../wire/message_body.ts";
import { lamportTime, serfMessageType } from "../message_type.ts";

/** A user event on its way through the cluster. */
export type EventMessage = ReturnType<typeof readEvent>;

/** Reads and writes a user event. */
export const { read: readEvent, write: writeEvent } = message(serfMessageType.userEvent, {
  ltime: ["LTime", lamportTime],
  name: ["Name", text],
  payload: ["Payload", optionalBytes],
  /** Whether events of this name may be merged when they come close together. */
  coalesce: ["CC", flag],
});
