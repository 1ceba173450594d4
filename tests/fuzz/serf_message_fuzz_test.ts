import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { complete } from "../../src/bytes/steps.ts";
import { readConflictResponse } from "../../src/serf/queries/conflict_message.ts";
import { readCoordinate, writeCoordinate } from "../../src/serf/members/coordinates.ts";
import { readEvent, writeEvent } from "../../src/serf/events/event_message.ts";
import { readJoin, readLeave, writeJoin, writeLeave } from "../../src/serf/intent_messages.ts";
import {
  type PushPullState,
  readPushPull,
  writePushPull,
} from "../../src/serf/push_pull_message.ts";
import {
  readKeyRequest,
  readKeyResponse,
  writeKeyRequest,
  writeKeyResponse,
} from "../../src/serf/queries/key_messages.ts";
import { maxLamportTime } from "../../src/serf/message_type.ts";
import { QueryFilters } from "../../src/serf/queries/query_filter.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import {
  readQuery,
  readRelayHeader,
  readResponse,
  writeQuery,
  writeRelayHeader,
  writeResponse,
} from "../../src/serf/queries/query_messages.ts";
import { decodeTags, encodeTags } from "../../src/serf/tags.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { type FuzzTarget, mayThrow, records, roundTrip, testTarget } from "../support/fuzzing.ts";
import { recordedSerfMessages } from "../support/fuzz_seeds.ts";
import { RecordingLog } from "../support/recorders.ts";
import { bytesFromHex, readVectors } from "../support/vectors.ts";

const readers: readonly ((reader: MsgpackReader) => unknown)[] = [
  readLeave,
  readJoin,
  (reader) => complete(readPushPull(reader)),
  readEvent,
  readQuery,
  readResponse,
  readConflictResponse,
  readKeyRequest,
  readKeyResponse,
  readRelayHeader,
  readCoordinate,
];

const ltimes = fc.nat(maxLamportTime);
const texts = fc.string({ maxLength: 60 });
const bytes = fc.uint8Array({ maxLength: 400 });
const maybeBytes = fc.option(bytes, { nil: undefined });
const ips = fc.uint8Array({ minLength: 4, maxLength: 16 });
const ports = fc.nat(0xffff);
const uint32s = fc.nat(0xffff_ffff);
const floats = fc.double({ noNaN: true, noDefaultInfinity: true });

export const target: FuzzTarget = {
  name: "serf_message",
  seeds: () => [
    ...recordedSerfMessages(),
    ...readVectors<{ decode: { meta_hex: string }[] }>("tags").decode
      .map(({ meta_hex }) => bytesFromHex(meta_hex)),
  ],
  check(input) {
    for (const read of readers) {
      mayThrow([WireError], () => read(new MsgpackReader(input, Math.min(1, input.length))));
    }
    for (const [key, value] of Object.entries(decodeTags(input))) {
      ok(key.length + value.length <= "role".length + input.length);
    }
    const log = new RecordingLog();
    new QueryFilters({ clock: new SimClock(), log }).judge([input], "node", { role: "web" });
    ok(log.lines.length <= 1);
  },
  properties: {
    "gives back a join": roundTrip(records({ ltime: ltimes, node: texts }), writeJoin, readJoin),
    "gives back a leave": roundTrip(
      records({ ltime: ltimes, node: texts, prune: fc.boolean() }),
      writeLeave,
      readLeave,
    ),
    "gives back an event": roundTrip(
      records({ ltime: ltimes, name: texts, payload: maybeBytes, coalesce: fc.boolean() }),
      writeEvent,
      readEvent,
    ),
    "gives back a query": roundTrip(
      records({
        ltime: ltimes,
        id: uint32s,
        ip: ips,
        port: ports,
        sourceNode: texts,
        filters: fc.array(bytes, { maxLength: 5 }),
        flags: uint32s,
        relayFactor: fc.nat(255),
        timeout: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
        name: texts,
        payload: maybeBytes,
      }),
      writeQuery,
      readQuery,
    ),
    "gives back a response": roundTrip(
      records({ ltime: ltimes, id: uint32s, from: texts, flags: uint32s, payload: maybeBytes }),
      writeResponse,
      readResponse,
    ),
    "gives back a relay": roundTrip(
      records({ address: records({ ip: ips, port: ports, zone: texts }), name: texts }),
      writeRelayHeader,
      readRelayHeader,
    ),
    "gives back a key": roundTrip(records({ key: bytes }), writeKeyRequest, readKeyRequest),
    "gives back a key response": roundTrip(
      records({
        isOk: fc.boolean(),
        message: texts,
        keys: fc.array(texts, { maxLength: 9 }),
        primaryKey: texts,
      }),
      writeKeyResponse,
      readKeyResponse,
    ),
    "gives back a push/pull": roundTrip<PushPullState>(
      records({
        memberTime: ltimes,
        eventTime: ltimes,
        queryTime: ltimes,
        statusTimes: fc.array(fc.tuple(texts, ltimes), { maxLength: 20 })
          .map((entries) => new Map(entries)),
        leftMembers: fc.array(texts, { maxLength: 10 }),
        eventSlots: fc.array(
          fc.option(
            records({
              ltime: ltimes,
              events: fc.array(records({ name: texts, payload: maybeBytes }), { maxLength: 3 }),
            }),
            { nil: undefined },
          ),
          { maxLength: 20 },
        ),
      }),
      (writer, state) => complete(writePushPull(writer, state)),
      (reader) => complete(readPushPull(reader)),
    ),
    "gives back a coordinate": roundTrip(
      records({
        vec: fc.array(floats, { maxLength: 64 }),
        error: floats,
        adjustment: floats,
        height: floats,
      }),
      writeCoordinate,
      readCoordinate,
    ),
    "gives back tags": fc.property(
      fc.array(fc.tuple(texts, texts), { maxLength: 12 }).map((pairs) => new Map(pairs)),
      (tags) => {
        const given = Object.assign(Object.create(null), Object.fromEntries(tags));
        deepStrictEqual(new Map(Object.entries(decodeTags(encodeTags(given, 5)))), tags);
      },
    ),
  },
};

testTarget(target);
