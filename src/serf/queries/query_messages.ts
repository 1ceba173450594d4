/**
 * Queries, their answers, and the envelope for answers that take a second path
 * (gossip.md section 19).
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import {
  bytes,
  type Codec,
  int,
  optionalBytes,
  text,
  uint16,
  uint32,
  uint8,
} from "../../bytes/msgpack_codec.ts";
import type { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { struct } from "../../bytes/msgpack_struct.ts";
import { memberName, message } from "../../wire/message_body.ts";
import { lamportTime, serfMessageType } from "../message_type.ts";

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

/** More filters than this are refused: they would not fit a packet. */
const maxFilters = 1024;

/** Parity: no filters are nil, not an empty list. */
const filterList: Codec<readonly Uint8Array[]> = {
  zero: () => [],
  read: readFilters,
  write(writer, filters) {
    if (filters.length === 0) return writer.writeNil();
    writer.writeArrayLength(filters.length);
    for (const filter of filters) writer.writeBytes(filter);
  },
};

const int64: Codec<bigint> = {
  zero: () => 0n,
  read: (reader) => reader.readBigInt(),
  write: (writer, value) => writer.writeInt(value),
};

/** A question to the cluster. */
export type QueryMessage = ReturnType<typeof readQuery>;

/** Reads and writes a query; everything in it is borrowed. */
export const { read: readQuery, write: writeQuery } = message(serfMessageType.query, {
  ltime: ["LTime", lamportTime],
  /** Random, 31 bits: together with the time it tells queries apart. */
  id: ["ID", uint32],
  /** Where answers go. */
  ip: ["Addr", bytes],
  port: ["Port", uint16],
  sourceNode: ["SourceNode", memberName],
  /** Each one encoded; all must match (gossip.md section 24.3). */
  filters: ["Filters", filterList],
  flags: ["Flags", uint32],
  /** Over how many other members each answer also goes. */
  relayFactor: ["RelayFactor", uint8],
  /** Nanoseconds, as the reference counts. */
  timeout: ["Timeout", int64],
  name: ["Name", text],
  payload: ["Payload", optionalBytes],
});

/** An answer, or the acknowledgement that the query was received. */
export type QueryResponse = ReturnType<typeof readResponse>;

/** Reads and writes an answer; the payload is borrowed. */
export const { read: readResponse, write: writeResponse } = message(serfMessageType.queryResponse, {
  ltime: ["LTime", lamportTime],
  id: ["ID", uint32],
  from: ["From", memberName],
  flags: ["Flags", uint32],
  payload: ["Payload", optionalBytes],
});

const destination = struct({
  ip: ["IP", bytes],
  port: ["Port", int],
  /** IPv6 zone; empty for none. */
  zone: ["Zone", text],
});

/** Reads and writes what stands in front of a message to pass on, which has its own type byte. */
export const { read: readRelayHeader, write: writeRelayHeader } = message(serfMessageType.relay, {
  address: ["DestAddr", destination],
  name: ["DestName", text],
});

function readFilters(reader: MsgpackReader): Uint8Array[] {
  const filters: Uint8Array[] = [];
  for (let left = reader.readArrayLength() ?? 0; left > 0; left--) {
    const filter = reader.readBytes() ?? emptyBytes;
    // What is beyond the limit still counts as a filter, so it must not be ignored:
    // an empty one matches nobody.
    if (filters.length < maxFilters) filters.push(filter);
    else filters[0] = emptyBytes;
  }
  return filters;
}
