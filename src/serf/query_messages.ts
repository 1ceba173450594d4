/**
 * Queries, their answers, and the envelope for answers that take a second path
 * (gossip.md section 19).
 */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { readBody, readName, uint16, uint32, type Writable } from "../wire/message_body.ts";
import type { LamportTime } from "./lamport_clock.ts";
import { maxLamportTime, serfMessageType } from "./message_type.ts";

/** Bits of a query's flags. */
export const queryFlag = { wantsAck: 1, noBroadcast: 2 } as const;

/** Bit of a response's flags: it says "received", and answers nothing. */
export const ackFlag = 1;
/**
 * Bit beside it: no answer will follow, because nobody at that member could give one.
 *
 * Parity: the reference looks at the first bit alone, and never sets this one.
 */
export const noAnswerFlag = 2;

/** A question to the cluster. */
export interface QueryMessage {
  readonly ltime: LamportTime;
  /** Random, 31 bits: together with the time it tells queries apart. */
  readonly id: number;
  /** Where answers go. */
  readonly ip: Uint8Array;
  readonly port: number;
  readonly sourceNode: string;
  /** Each one encoded; all must match (gossip.md section 24.3). */
  readonly filters: readonly Uint8Array[];
  readonly flags: number;
  /** Over how many other members each answer also goes. */
  readonly relayFactor: number;
  /** Nanoseconds, as the reference counts. */
  readonly timeout: bigint;
  readonly name: string;
  readonly payload: Uint8Array | undefined;
}

/** An answer, or the acknowledgement that the query was received. */
export interface QueryResponse {
  readonly ltime: LamportTime;
  readonly id: number;
  readonly from: string;
  readonly flags: number;
  readonly payload: Uint8Array | undefined;
}

/** What stands in front of a message that is to be passed on. */
export interface RelayHeader {
  readonly ip: Uint8Array;
  readonly port: number;
  /** IPv6 zone; empty for none. */
  readonly zone: string;
  readonly name: string;
}

const noBytes = new Uint8Array(0);
/** More filters than this are refused: they would not fit a packet. */
const maxFilters = 1024;

const keys = {
  addr: encodeKey("Addr"),
  destAddr: encodeKey("DestAddr"),
  destName: encodeKey("DestName"),
  filters: encodeKey("Filters"),
  flags: encodeKey("Flags"),
  from: encodeKey("From"),
  id: encodeKey("ID"),
  ip: encodeKey("IP"),
  ltime: encodeKey("LTime"),
  name: encodeKey("Name"),
  payload: encodeKey("Payload"),
  port: encodeKey("Port"),
  relayFactor: encodeKey("RelayFactor"),
  sourceNode: encodeKey("SourceNode"),
  timeout: encodeKey("Timeout"),
  zone: encodeKey("Zone"),
};

// Fields stand in the order in which the reference declares them.

const queryStruct = new StructReader<Writable<QueryMessage>>({
  LTime: (reader, query) => query.ltime = reader.readUint(maxLamportTime),
  ID: (reader, query) => query.id = reader.readUint(uint32),
  Addr: (reader, query) => query.ip = reader.readBytes() ?? noBytes,
  Port: (reader, query) => query.port = reader.readUint(uint16),
  SourceNode: (reader, query) => query.sourceNode = readName(reader),
  Filters: (reader, query) => query.filters = readFilters(reader),
  Flags: (reader, query) => query.flags = reader.readUint(uint32),
  RelayFactor: (reader, query) => query.relayFactor = reader.readUint(255),
  Timeout: (reader, query) => query.timeout = reader.readBigInt(),
  Name: (reader, query) => query.name = reader.readText(),
  Payload: (reader, query) => query.payload = reader.readBytes(),
});

const responseStruct = new StructReader<Writable<QueryResponse>>({
  LTime: (reader, response) => response.ltime = reader.readUint(maxLamportTime),
  ID: (reader, response) => response.id = reader.readUint(uint32),
  From: (reader, response) => response.from = readName(reader),
  Flags: (reader, response) => response.flags = reader.readUint(uint32),
  Payload: (reader, response) => response.payload = reader.readBytes(),
});

const relayStruct = new StructReader<Writable<RelayHeader>>({
  DestAddr: (reader, header) => void destinationStruct.read(reader, header),
  DestName: (reader, header) => header.name = reader.readText(),
});

const destinationStruct = new StructReader<Writable<RelayHeader>>({
  IP: (reader, header) => header.ip = reader.readBytes() ?? noBytes,
  Port: (reader, header) => header.port = reader.readInt(),
  Zone: (reader, header) => header.zone = reader.readText(),
});

/** Writes a query, type byte included. */
export function writeQuery(writer: MsgpackWriter, query: QueryMessage): void {
  writer.writeByte(serfMessageType.query);
  writer.writeMapLength(11);
  writer.writeEncoded(keys.addr);
  writer.writeBytes(query.ip);
  writer.writeEncoded(keys.filters);
  writeFilters(writer, query.filters);
  writer.writeEncoded(keys.flags);
  writer.writeUint(query.flags);
  writer.writeEncoded(keys.id);
  writer.writeUint(query.id);
  writer.writeEncoded(keys.ltime);
  writer.writeUint(query.ltime);
  writer.writeEncoded(keys.name);
  writer.writeText(query.name);
  writer.writeEncoded(keys.payload);
  writer.writeBytes(query.payload);
  writer.writeEncoded(keys.port);
  writer.writeUint(query.port);
  writer.writeEncoded(keys.relayFactor);
  writer.writeUint(query.relayFactor);
  writer.writeEncoded(keys.sourceNode);
  writer.writeText(query.sourceNode);
  writer.writeEncoded(keys.timeout);
  writer.writeInt(query.timeout);
}

/**
 * Reads a query from behind its type byte; everything in it is borrowed.
 *
 * @throws {WireError} if the message is malformed or its time beyond the limit.
 */
export function readQuery(reader: MsgpackReader): QueryMessage {
  return readBody(queryStruct, reader, {
    ltime: 0,
    id: 0,
    ip: noBytes,
    port: 0,
    sourceNode: "",
    filters: [],
    flags: 0,
    relayFactor: 0,
    timeout: 0n,
    name: "",
    payload: undefined,
  });
}

/** Writes an answer, type byte included. */
export function writeResponse(writer: MsgpackWriter, response: QueryResponse): void {
  writer.writeByte(serfMessageType.queryResponse);
  writer.writeMapLength(5);
  writer.writeEncoded(keys.flags);
  writer.writeUint(response.flags);
  writer.writeEncoded(keys.from);
  writer.writeText(response.from);
  writer.writeEncoded(keys.id);
  writer.writeUint(response.id);
  writer.writeEncoded(keys.ltime);
  writer.writeUint(response.ltime);
  writer.writeEncoded(keys.payload);
  writer.writeBytes(response.payload);
}

/**
 * Reads an answer from behind its type byte; the payload is borrowed.
 *
 * @throws {WireError} if the message is malformed or its time beyond the limit.
 */
export function readResponse(reader: MsgpackReader): QueryResponse {
  return readBody(responseStruct, reader, {
    ltime: 0,
    id: 0,
    from: "",
    flags: 0,
    payload: undefined,
  });
}

/** Writes the envelope; the message to pass on follows with its own type byte. */
export function writeRelayHeader(writer: MsgpackWriter, header: RelayHeader): void {
  writer.writeByte(serfMessageType.relay);
  writer.writeMapLength(2);
  writer.writeEncoded(keys.destAddr);
  writer.writeMapLength(3);
  writer.writeEncoded(keys.ip);
  writer.writeBytes(header.ip);
  writer.writeEncoded(keys.port);
  writer.writeInt(header.port);
  writer.writeEncoded(keys.zone);
  writer.writeText(header.zone);
  writer.writeEncoded(keys.destName);
  writer.writeText(header.name);
}

/**
 * Reads the envelope from behind its type byte; the reader then stands at the message.
 *
 * @throws {WireError} if the envelope is malformed.
 */
export function readRelayHeader(reader: MsgpackReader): RelayHeader {
  return readBody(relayStruct, reader, { ip: noBytes, port: 0, zone: "", name: "" });
}

/** Parity: no filters are nil, not an empty list. */
function writeFilters(writer: MsgpackWriter, filters: readonly Uint8Array[]): void {
  if (filters.length === 0) return writer.writeNil();
  writer.writeArrayLength(filters.length);
  for (const filter of filters) writer.writeBytes(filter);
}

function readFilters(reader: MsgpackReader): Uint8Array[] {
  const filters: Uint8Array[] = [];
  for (let left = reader.readArrayLength() ?? 0; left > 0; left--) {
    const filter = reader.readBytes() ?? noBytes;
    // What is beyond the limit still counts as a filter, so it must not be ignored:
    // an empty one matches nobody.
    if (filters.length < maxFilters) filters.push(filter);
    else filters[0] = noBytes;
  }
  return filters;
}
