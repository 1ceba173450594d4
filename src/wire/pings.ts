/** Probes and their answers: ping, indirect ping, ack and nack (gossip.md sections 7.1 to 7.4). */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { readBody, uint16, uint32, type Writable } from "./message_body.ts";
import { messageType } from "./message_type.ts";

/** "Are you there?" */
export interface Ping {
  readonly seq: number;
  /** The member it is meant for; empty for whoever is there. */
  readonly node: string;
  /** Where to send the ack, if it is not where the ping came from. */
  readonly sourceIp: Uint8Array | undefined;
  /** 0 if not given. */
  readonly sourcePort: number;
  /** The asking member; empty if not given. */
  readonly sourceNode: string;
}

/** "Please ping that member for me." */
export interface IndirectPing extends Ping {
  readonly targetIp: Uint8Array;
  /** 0 from peers of protocol version 1, which have none. */
  readonly targetPort: number;
  /** Whether a nack is wanted should no ack come. */
  readonly nack: boolean;
}

/** "I am here." */
export interface Ack {
  readonly seq: number;
  readonly payload: Uint8Array | undefined;
}

/** "I got your indirect ping, but the member did not answer me." */
export interface Nack {
  readonly seq: number;
}

const keys = {
  nack: encodeKey("Nack"),
  node: encodeKey("Node"),
  payload: encodeKey("Payload"),
  port: encodeKey("Port"),
  seqNo: encodeKey("SeqNo"),
  sourceAddr: encodeKey("SourceAddr"),
  sourceNode: encodeKey("SourceNode"),
  sourcePort: encodeKey("SourcePort"),
  target: encodeKey("Target"),
};

const noBytes = new Uint8Array(0);

const pingStruct = new StructReader<Writable<Ping>>({
  SeqNo: (reader, ping) => ping.seq = reader.readUint(uint32),
  Node: (reader, ping) => ping.node = reader.readText(),
  SourceAddr: (reader, ping) => ping.sourceIp = reader.readBytes(),
  SourcePort: (reader, ping) => ping.sourcePort = reader.readUint(uint16),
  SourceNode: (reader, ping) => ping.sourceNode = reader.readText(),
});

const indirectPingStruct = new StructReader<Writable<IndirectPing>>({
  SeqNo: (reader, ping) => ping.seq = reader.readUint(uint32),
  Target: (reader, ping) => ping.targetIp = reader.readBytes() ?? noBytes,
  Port: (reader, ping) => ping.targetPort = reader.readUint(uint16),
  Node: (reader, ping) => ping.node = reader.readText(),
  Nack: (reader, ping) => ping.nack = reader.readBool(),
  SourceAddr: (reader, ping) => ping.sourceIp = reader.readBytes(),
  SourcePort: (reader, ping) => ping.sourcePort = reader.readUint(uint16),
  SourceNode: (reader, ping) => ping.sourceNode = reader.readText(),
});

const ackStruct = new StructReader<Writable<Ack>>({
  SeqNo: (reader, ack) => ack.seq = reader.readUint(uint32),
  Payload: (reader, ack) => ack.payload = reader.readBytes(),
});

const nackStruct = new StructReader<Writable<Nack>>({
  SeqNo: (reader, nack) => nack.seq = reader.readUint(uint32),
});

/**
 * Reads the body of a ping, from a datagram or a stream.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readPing(reader: MsgpackReader): Ping {
  const zero = { seq: 0, node: "", sourceIp: undefined, sourcePort: 0, sourceNode: "" };
  return readBody(pingStruct, reader, zero);
}

/** Writes a ping, type byte included. Source fields that are empty are left out. */
export function writePing(writer: MsgpackWriter, ping: Ping): void {
  writer.writeByte(messageType.ping);
  writer.writeMapLength(2 + sourceFields(ping));
  writer.writeEncoded(keys.node);
  writer.writeText(ping.node);
  writer.writeEncoded(keys.seqNo);
  writer.writeUint(ping.seq);
  writeSource(writer, ping);
}

/**
 * Reads the body of an indirect ping.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readIndirectPing(reader: MsgpackReader): IndirectPing {
  return readBody(indirectPingStruct, reader, {
    seq: 0,
    node: "",
    sourceIp: undefined,
    sourcePort: 0,
    sourceNode: "",
    targetIp: noBytes,
    targetPort: 0,
    nack: false,
  });
}

/** Writes an indirect ping, type byte included. Source fields that are empty are left out. */
export function writeIndirectPing(writer: MsgpackWriter, ping: IndirectPing): void {
  writer.writeByte(messageType.indirectPing);
  writer.writeMapLength(5 + sourceFields(ping));
  writer.writeEncoded(keys.nack);
  writer.writeBool(ping.nack);
  writer.writeEncoded(keys.node);
  writer.writeText(ping.node);
  writer.writeEncoded(keys.port);
  writer.writeUint(ping.targetPort);
  writer.writeEncoded(keys.seqNo);
  writer.writeUint(ping.seq);
  writeSource(writer, ping);
  writer.writeEncoded(keys.target);
  writer.writeBytes(ping.targetIp);
}

/**
 * Reads the body of an ack, from a datagram or a stream.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readAck(reader: MsgpackReader): Ack {
  return readBody(ackStruct, reader, { seq: 0, payload: undefined });
}

/** Writes an ack, type byte included. */
export function writeAck(writer: MsgpackWriter, ack: Ack): void {
  writer.writeByte(messageType.ack);
  writer.writeMapLength(2);
  writer.writeEncoded(keys.payload);
  writer.writeBytes(ack.payload);
  writer.writeEncoded(keys.seqNo);
  writer.writeUint(ack.seq);
}

/**
 * Reads the body of a nack.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readNack(reader: MsgpackReader): Nack {
  return readBody(nackStruct, reader, { seq: 0 });
}

/** Writes a nack, type byte included. */
export function writeNack(writer: MsgpackWriter, nack: Nack): void {
  writer.writeByte(messageType.nack);
  writer.writeMapLength(1);
  writer.writeEncoded(keys.seqNo);
  writer.writeUint(nack.seq);
}

function sourceFields(ping: Ping): number {
  return (ping.sourceIp?.length ? 1 : 0) + (ping.sourceNode === "" ? 0 : 1) +
    (ping.sourcePort === 0 ? 0 : 1);
}

function writeSource(writer: MsgpackWriter, ping: Ping): void {
  if (ping.sourceIp?.length) {
    writer.writeEncoded(keys.sourceAddr);
    writer.writeBytes(ping.sourceIp);
  }
  if (ping.sourceNode !== "") {
    writer.writeEncoded(keys.sourceNode);
    writer.writeText(ping.sourceNode);
  }
  if (ping.sourcePort !== 0) {
    writer.writeEncoded(keys.sourcePort);
    writer.writeUint(ping.sourcePort);
  }
}
