/**
 * The push/pull message: everything one member knows (gossip.md sections 5.4 and 7.8).
 *
 * Bytes that were read are views on the message or shared with others: copy what
 * you keep, and change nothing.
 */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { complete, membersPerSlice, type Steps } from "../bytes/steps.ts";
import { readBody, readTail, uint16, uint32, type Writable } from "./message_body.ts";
import { maxPushPullNodes, maxStreamPayload, messageType } from "./message_type.ts";

/** How the sender sees a member. */
export type NodeStatus = "alive" | "suspect" | "dead" | "left";

/** What the sender knows about one member. */
export interface NodeState {
  readonly name: string;
  /** Raw IP bytes, 4 or 16 from honest peers. */
  readonly ip: Uint8Array;
  /** 0 from peers of protocol version 1, which have none. */
  readonly port: number;
  readonly incarnation: number;
  /** `undefined` and empty both mean none. */
  readonly meta: Uint8Array | undefined;
  readonly state: NodeStatus;
  /** As in `Alive`. */
  readonly versions: Uint8Array;
}

/** A whole push/pull message. */
export interface FullState {
  /** Whether the sender is joining; the responder repeats it. */
  readonly joining: boolean;
  /** Every member the sender knows, itself included, in no particular order. */
  readonly nodes: readonly NodeState[];
  /** What the layer above wants to exchange; empty for nothing. */
  readonly userState: Uint8Array;
}

/** How a push/pull message begins: what follows, and how much of it. */
export interface FullStateHeader {
  readonly joining: boolean;
  readonly nodeCount: number;
  readonly userStateLength: number;
}

const keys = {
  addr: encodeKey("Addr"),
  incarnation: encodeKey("Incarnation"),
  join: encodeKey("Join"),
  meta: encodeKey("Meta"),
  name: encodeKey("Name"),
  nodes: encodeKey("Nodes"),
  port: encodeKey("Port"),
  state: encodeKey("State"),
  userStateLen: encodeKey("UserStateLen"),
  vsn: encodeKey("Vsn"),
};

/** Position is the number on the wire. */
const statuses: readonly NodeStatus[] = ["alive", "suspect", "dead", "left"];

const noBytes = new Uint8Array(0);

const headerStruct = new StructReader<Writable<FullStateHeader>>({
  Nodes: (reader, header) => header.nodeCount = reader.readUint(maxPushPullNodes),
  UserStateLen: (reader, header) => header.userStateLength = reader.readUint(maxStreamPayload),
  Join: (reader, header) => header.joining = reader.readBool(),
});

const nodeStruct = new StructReader<Writable<NodeState>>({
  Name: (reader, node) => node.name = reader.readText(),
  Addr: (reader, node) => node.ip = reader.readInternedBytes() ?? noBytes,
  Port: (reader, node) => node.port = reader.readUint(uint16),
  Meta: (reader, node) => node.meta = reader.readInternedBytes(),
  Incarnation: (reader, node) => node.incarnation = reader.readUint(uint32),
  State: (reader, node) => node.state = statuses[reader.readUint(statuses.length - 1)]!,
  Vsn: (reader, node) => node.versions = reader.readInternedBytes() ?? noBytes,
});

/**
 * Reads the body of a push/pull message.
 *
 * @throws {WireError} if the bytes are not one, or announce more than 1,048,576
 * members or 20 MiB of user state.
 */
export function readFullState(reader: MsgpackReader): FullState {
  return complete(readFullStateInSteps(reader));
}

/** Like `readFullState`; the bytes have to stay as they are meanwhile. */
export function* readFullStateInSteps(reader: MsgpackReader): Steps<FullState> {
  const header = readFullStateHeader(reader);
  const nodes: NodeState[] = [];
  for (let i = 0; i < header.nodeCount; i++) {
    nodes.push(readNodeState(reader));
    if (nodes.length % membersPerSlice === 0) yield;
  }
  return { joining: header.joining, nodes, userState: readTail(reader, header.userStateLength) };
}

/** Reads only the header of a push/pull message. */
export function readFullStateHeader(reader: MsgpackReader): FullStateHeader {
  return readBody(headerStruct, reader, { joining: false, nodeCount: 0, userStateLength: 0 });
}

/** Reads one member's state, as it stands in a push/pull message. */
export function readNodeState(reader: MsgpackReader): NodeState {
  return readBody(nodeStruct, reader, {
    name: "",
    ip: noBytes,
    port: 0,
    incarnation: 0,
    meta: undefined,
    state: "alive",
    versions: noBytes,
  });
}

/** Writes a push/pull message, type byte included. */
export function writeFullState(writer: MsgpackWriter, state: FullState): void {
  complete(writeFullStateInSteps(writer, state));
}

/** A state to write, whose nodes may be made as they are needed. */
export interface FullStateToWrite extends Omit<FullState, "nodes"> {
  readonly nodes: Iterable<NodeState> & { readonly length: number };
}

/** Like `writeFullState`; the writer is not to be used otherwise meanwhile. */
export function* writeFullStateInSteps(
  writer: MsgpackWriter,
  state: FullStateToWrite,
): Steps<void> {
  writer.writeByte(messageType.pushPull);
  writer.writeMapLength(3);
  writer.writeEncoded(keys.join);
  writer.writeBool(state.joining);
  writer.writeEncoded(keys.nodes);
  writer.writeUint(state.nodes.length);
  writer.writeEncoded(keys.userStateLen);
  writer.writeUint(state.userState.length);
  let written = 0;
  for (const node of state.nodes) {
    writeNodeState(writer, node);
    if (++written % (4 * membersPerSlice) === 0) yield;
  }
  writer.writeRaw(state.userState);
}

/** Writes one member's state, as it stands in a push/pull message. */
export function writeNodeState(writer: MsgpackWriter, node: NodeState): void {
  writer.writeMapLength(7);
  writer.writeEncoded(keys.addr);
  writer.writeBytes(node.ip);
  writer.writeEncoded(keys.incarnation);
  writer.writeUint(node.incarnation);
  writer.writeEncoded(keys.meta);
  writer.writeBytes(node.meta);
  writer.writeEncoded(keys.name);
  writer.writeText(node.name);
  writer.writeEncoded(keys.port);
  writer.writeUint(node.port);
  writer.writeEncoded(keys.state);
  writer.writeUint(statuses.indexOf(node.state));
  writer.writeEncoded(keys.vsn);
  writer.writeBytes(node.versions);
}
