/**
 * The push/pull message: everything one member knows (gossip.md sections 5.4 and 7.8).
 *
 * Bytes that were read are views on the message or shared with others: copy what
 * you keep, and change nothing.
 */

import { type Codec, flag, text, uint16, uint32, unsigned } from "../bytes/msgpack_codec.ts";
import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { struct, type ValueOf } from "../bytes/msgpack_struct.ts";
import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { itemsPerSlice, type Steps } from "../bytes/steps.ts";
import {
  internedBytes,
  message,
  optionalInternedBytes,
  readBody,
  readTail,
} from "./message_body.ts";
import { maxPushPullNodes, maxStreamPayload, messageType } from "./message_type.ts";

export type NodeStatus = "alive" | "suspect" | "dead" | "left";

/** Position is the number on the wire. */
const statuses: readonly NodeStatus[] = ["alive", "suspect", "dead", "left"];

const nodeStatus: Codec<NodeStatus> = {
  zero: () => "alive",
  read: (reader) => statuses[reader.readUint(statuses.length - 1)]!,
  write: (writer, status) => writer.writeUint(statuses.indexOf(status)),
};

export type NodeState = ValueOf<typeof nodeState>;

const nodeState = struct({
  name: ["Name", text],
  /** Raw IP bytes, 4 or 16 from honest peers. */
  ip: ["Addr", internedBytes],
  /** 0 from peers of protocol version 1, which have none. */
  port: ["Port", uint16],
  /** `undefined` and empty both mean none. */
  meta: ["Meta", optionalInternedBytes],
  incarnation: ["Incarnation", uint32],
  state: ["State", nodeStatus],
  /** As in `Alive`. */
  versions: ["Vsn", internedBytes],
});

/** How a push/pull message begins: what follows, and how much of it. */
const header = message(messageType.pushPull, {
  nodeCount: ["Nodes", unsigned(maxPushPullNodes)],
  userStateLength: ["UserStateLen", unsigned(maxStreamPayload)],
  /** Whether the sender is joining; the responder repeats it. */
  joining: ["Join", flag],
});

export const { read: readFullStateHeader } = header;

export interface FullState {
  /** Whether the sender is joining; the responder repeats it. */
  readonly joining: boolean;
  /** Every member the sender knows, itself included, in no particular order. */
  readonly nodes: readonly NodeState[];
  /** What the layer above wants to exchange; empty for nothing. */
  readonly userState: Uint8Array;
}

/**
 * Reads the body of a push/pull message, which must not change meanwhile.
 *
 * @throws {WireError} if the bytes are not one, or announce more than 1,048,576
 * members or 20 MiB of user state.
 */
export function* readFullState(reader: MsgpackReader): Steps<FullState> {
  const { joining, nodeCount, userStateLength } = readFullStateHeader(reader);
  const nodes: NodeState[] = [];
  for (let i = 0; i < nodeCount; i++) {
    nodes.push(readNodeState(reader));
    if (nodes.length % itemsPerSlice === 0) yield;
  }
  return { joining, nodes, userState: readTail(reader, userStateLength) };
}

export function readNodeState(reader: MsgpackReader): NodeState {
  return readBody(nodeState, reader);
}

/** A state to write, whose nodes may be made as they are needed. */
interface FullStateToWrite extends Omit<FullState, "nodes"> {
  readonly nodes: Iterable<NodeState> & { readonly length: number };
}

/** Writes a push/pull message, type byte included; nobody else uses the writer meanwhile. */
export function* writeFullState(writer: MsgpackWriter, state: FullStateToWrite): Steps<void> {
  header.write(writer, {
    joining: state.joining,
    nodeCount: state.nodes.length,
    userStateLength: state.userState.length,
  });
  let written = 0;
  for (const node of state.nodes) {
    writeNodeState(writer, node);
    if (++written % (4 * itemsPerSlice) === 0) yield;
  }
  writer.writeRaw(state.userState);
}

export const { write: writeNodeState } = nodeState;
