/** Probes and their answers: ping, indirect ping, ack and nack (gossip.md sections 7.1 to 7.4). */

import {
  bytes,
  flag,
  omitEmpty,
  optionalBytes,
  text,
  uint16,
  uint32,
} from "../bytes/msgpack_codec.ts";
import { message } from "./message_body.ts";
import { messageType } from "./message_type.ts";

/** Where to send the ack, if it is not where the ping came from. */
const source = {
  sourceIp: ["SourceAddr", omitEmpty(optionalBytes)],
  /** 0 if not given. */
  sourcePort: ["SourcePort", omitEmpty(uint16)],
  /** The asking member; empty if not given. */
  sourceNode: ["SourceNode", omitEmpty(text)],
} as const;

export type Ping = ReturnType<typeof readPing>;

export const { read: readPing, write: writePing } = message(messageType.ping, {
  seq: ["SeqNo", uint32],
  /** The member it is meant for; empty for any. */
  node: ["Node", text],
  ...source,
});

/** "Please ping that member for me." */
export type IndirectPing = ReturnType<typeof readIndirectPing>;

export const { read: readIndirectPing, write: writeIndirectPing } = message(
  messageType.indirectPing,
  {
    seq: ["SeqNo", uint32],
    targetIp: ["Target", bytes],
    /** 0 from peers of protocol version 1, which have none. */
    targetPort: ["Port", uint16],
    node: ["Node", text],
    /** Whether a nack is wanted should no ack come. */
    nack: ["Nack", flag],
    ...source,
  },
);

export type Ack = ReturnType<typeof readAck>;

export const { read: readAck, write: writeAck } = message(messageType.ack, {
  seq: ["SeqNo", uint32],
  payload: ["Payload", optionalBytes],
});

/** "I got your indirect ping, but the member did not answer me." */
export type Nack = ReturnType<typeof readNack>;

export const { read: readNack, write: writeNack } = message(messageType.nack, {
  seq: ["SeqNo", uint32],
});
