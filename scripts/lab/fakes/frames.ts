/** Messages and frames of members that do not exist. */

import { complete, type Steps } from "../../../src/bytes/steps.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { denoRandom } from "../../../src/host/deno_random.ts";
import { type QueryMessage, writeQuery } from "../../../src/serf/queries/query_messages.ts";
import type { Alive } from "../../../src/wire/claims.ts";
import type { Envelope } from "../../../src/wire/envelope.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import { sealPacket } from "../../../src/wire/packet.ts";
import { plainEnvelope } from "../plain_envelope.ts";

/** The membership protocol's versions that every agent speaks. */
export const versions: Uint8Array = Uint8Array.of(1, 5, 2, 2, 5, 4);

/** The greatest number that an incarnation can have on the wire. */
export const lastIncarnation = 2 ** 32 - 1;

type Write<Value> = (writer: MsgpackWriter, value: Value) => Steps<void> | void;

/** What surrounds the messages of a cluster with `key`, or of an open one. */
export function envelopeOf(key: Uint8Array | undefined): Envelope {
  return { ...plainEnvelope, keys: key ? [key] : [] };
}

export function written(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.copy();
}

export function message<Value>(write: Write<Value>, value: Value): Uint8Array {
  return written((writer) => {
    const steps = write(writer, value);
    if (steps) complete(steps);
  });
}

/** The bytes of a message of Serf, such as an event or a query. */
export function serfMessage<Value>(write: Write<Value>, value: Value): Uint8Array {
  return written((writer) => {
    writer.writeByte(messageType.user);
    write(writer, value);
  });
}

/** A datagram with a message, sealed if there is a key. */
export function sealed(message: Uint8Array, key: Uint8Array | undefined): Uint8Array {
  return sealPacket(message, envelopeOf(key), { crc: false }, denoRandom).slice();
}

/** `count` frames, each made from its number. */
export function many(count: number, make: (n: number) => Uint8Array): Uint8Array[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

export function ipBytes(ip: string): Uint8Array {
  return Uint8Array.from(ip.split(".").map(Number));
}

/** A claim that a member lives at an address. */
export function aliveClaim(node: string, ip: string, more: Partial<Alive> = {}): Alive {
  const where = { ip: ipBytes(ip), port: 7946 };
  return { node, incarnation: 1, meta: undefined, versions, ...where, ...more };
}

/** A datagram with a query from nobody. */
export function queryPacket(query: Partial<QueryMessage>): Uint8Array {
  return serfMessage(writeQuery, {
    ltime: 1,
    id: 1,
    ip: ipBytes("127.0.0.1"),
    port: 9,
    sourceNode: "nobody",
    filters: [],
    flags: 0,
    relayFactor: 0,
    timeout: 1_000_000_000n,
    name: "load",
    payload: undefined,
    ...query,
  });
}
