import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import type { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import {
  readAlive,
  readDead,
  readSuspect,
  writeAlive,
  writeDead,
  writeSuspect,
} from "../../src/wire/claims.ts";
import { maxPacketExpansion, messageType } from "../../src/wire/message_type.ts";
import { type Envelope, openPacket, sealPacket } from "../../src/wire/packet.ts";
import { PacketUnpacker } from "../../src/wire/packet_unpacker.ts";
import {
  readAck,
  readIndirectPing,
  readNack,
  readPing,
  writeAck,
  writeIndirectPing,
  writeNack,
  writePing,
} from "../../src/wire/pings.ts";
import { PacketBuilder } from "../../src/wire/compound.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { type FuzzTarget, mayThrow, records, roundTrip, testTarget } from "../support/fuzzing.ts";
import { plainEnvelope } from "../../scripts/lab/plain_envelope.ts";
import { recordedPackets } from "../support/fuzz_seeds.ts";

const key = new Uint8Array(32).fill(7);

const sealed: Envelope = {
  ...plainEnvelope,
  keys: [key, new Uint8Array(16).fill(3)],
  label: new TextEncoder().encode("blue"),
  compression: true,
};

/** What a node could make of one message. */
function read(type: number, body: MsgpackReader): unknown {
  switch (type) {
    case messageType.ping:
      return readPing(body);
    case messageType.indirectPing:
      return readIndirectPing(body);
    case messageType.ack:
      return readAck(body);
    case messageType.nack:
      return readNack(body);
    case messageType.alive:
      return readAlive(body);
    case messageType.suspect:
      return readSuspect(body);
    case messageType.dead:
      return readDead(body);
    default:
      return body.takeRest().slice();
  }
}

/** All messages of an opened packet, and how many could not be read. */
function unpack(packet: Uint8Array): { messages: unknown[]; size: number; unreadable: number } {
  const result = { messages: [] as unknown[], size: 0, unreadable: 0 };
  new PacketUnpacker({
    receiveMessage(type, body) {
      result.size += body.remaining + 1;
      result.messages.push(structuredClone(read(type, body)));
    },
    receiveUnreadable: () => result.unreadable++,
  }).unpack(packet);
  return result;
}

const names = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom("a", "node-1", "ä"));
const uint32s = fc.nat(0xffff_ffff);
const ports = fc.nat(0xffff);
const ips = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
const maybeBytes = fc.option(fc.uint8Array({ minLength: 1, maxLength: 512 }), { nil: undefined });
const pings = records({
  seq: uint32s,
  node: names,
  sourceIp: fc.option(ips, { nil: undefined }),
  sourcePort: ports,
  sourceNode: names,
});
const doubts = records({ node: names, incarnation: uint32s, from: names });

export const target: FuzzTarget = {
  name: "datagram",
  seeds: recordedPackets,
  check(input) {
    // As it is: most of it ends at the checksum or the key.
    mayThrow([WireError], () => unpack(openPacket(input, plainEnvelope)));
    mayThrow([WireError], () => unpack(openPacket(input, sealed)));
    if (input.length === 0) return;

    // As a message inside: nothing protects the readers then.
    const plain = unpack(input);
    ok(plain.size <= input.length + 255 * maxPacketExpansion);
    const packet = sealPacket(input, sealed, { crc: true }, new SimRandom(input.length));
    if (input[0] !== messageType.checksum) {
      deepStrictEqual(unpack(openPacket(packet, sealed)), plain);
    }
  },
  properties: {
    "gives back a ping": roundTrip(pings, writePing, readPing),
    "gives back an indirect ping": roundTrip(
      fc.tuple(pings, records({ targetIp: ips, targetPort: ports, nack: fc.boolean() }))
        .map(([ping, rest]) => ({ ...ping, ...rest })),
      writeIndirectPing,
      readIndirectPing,
    ),
    "gives back an ack": roundTrip(
      records({ seq: uint32s, payload: maybeBytes }),
      writeAck,
      readAck,
    ),
    "gives back a nack": roundTrip(records({ seq: uint32s }), writeNack, readNack),
    "gives back a suspect": roundTrip(doubts, writeSuspect, readSuspect),
    "gives back a dead": roundTrip(doubts, writeDead, readDead),
    "gives back an alive": roundTrip(
      records({
        node: names,
        incarnation: uint32s,
        ip: ips,
        port: ports,
        meta: maybeBytes,
        versions: fc.uint8Array({ minLength: 6, maxLength: 6 }),
      }),
      writeAlive,
      readAlive,
    ),
    "gives back whole packets in any envelope": fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 127 }),
      records({
        crc: fc.boolean(),
        compression: fc.boolean(),
        keyLength: fc.constantFrom(0, 16, 24, 32),
        label: fc.uint8Array({ maxLength: 255 }),
        protocolVersion: fc.constantFrom(1, 2),
      }),
      (payloads, { crc, keyLength, ...settings }) => {
        const builder = new PacketBuilder();
        builder.reset(1_000_000);
        for (const payload of payloads) ok(builder.add(payload, messageType.user));
        const keys = keyLength === 0 ? [] : [key.subarray(0, keyLength)];
        const envelope: Envelope = { ...plainEnvelope, ...settings, keys };
        const packet = sealPacket(builder.build(), envelope, { crc }, new SimRandom(keyLength));
        deepStrictEqual(unpack(openPacket(packet, envelope)).messages, payloads);
      },
    ),
  },
};

testTarget(target);
