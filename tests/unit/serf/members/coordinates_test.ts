import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { type Coordinate, freshCoordinate } from "../../../../src/coordinate/coordinate.ts";
import {
  Coordinates,
  readCoordinate,
  writeCoordinate,
} from "../../../../src/serf/members/coordinates.ts";
import { WireError } from "../../../../src/wire/wire_error.ts";
import { TestNode } from "../../../support/test_node.ts";

function build() {
  const node = new TestNode();
  return { log: node.log, meter: node.meter, coordinates: new Coordinates(node) };
}

function payloadOf(coordinate: Coordinate): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writeCoordinate(writer, coordinate);
  return writer.copy();
}

const there: Coordinate = { ...freshCoordinate(), vec: [0.1, 0, 0, 0, 0, 0, 0, 0], error: 0.5 };

Deno.test("readCoordinate() takes back what writeCoordinate() wrote", () => {
  const payload = payloadOf(there);
  strictEqual(payload[0], 1);
  deepStrictEqual(readCoordinate(new MsgpackReader(payload, 1)), there);
});

Deno.test("readCoordinate() answers every truncation with a WireError", () => {
  const payload = payloadOf(there);
  for (let end = 1; end < payload.length; end++) {
    throws(() => readCoordinate(new MsgpackReader(payload, 1, end)), WireError, `${end}`);
  }
});

Deno.test("readCoordinate() refuses more dimensions than anybody has", () => {
  const payload = payloadOf({ ...there, vec: new Array<number>(65).fill(0) });
  throws(() => readCoordinate(new MsgpackReader(payload, 1)), { reason: "too-large" });
});

Deno.test("Coordinates.pingComplete() moves, and remembers where the other one is", () => {
  const { coordinates, meter } = build();
  deepStrictEqual(coordinates.of("self"), freshCoordinate());
  strictEqual(coordinates.of("a"), undefined);

  coordinates.pingComplete({ name: "a" }, 20, payloadOf(there));
  deepStrictEqual(coordinates.of("a"), there);
  strictEqual(coordinates.of("self"), coordinates.own);
  ok(coordinates.own.vec[0] !== 0);
  strictEqual(meter.samples.get("serf.coordinate.adjustment-ms")?.length, 1);
  ok(meter.samples.get("serf.coordinate.adjustment-ms")![0]! > 0);
});

Deno.test("Coordinates.pingComplete() keeps nothing of the packet", () => {
  const { coordinates } = build();
  const payload = payloadOf(there);
  coordinates.pingComplete({ name: "a" }, 20, payload);
  payload.fill(0xdb);
  deepStrictEqual(coordinates.of("a"), there);
});

Deno.test("Coordinates.pingComplete() ignores members without coordinates", () => {
  const { coordinates, meter, log } = build();
  coordinates.pingComplete({ name: "a" }, 20, new Uint8Array(0));
  deepStrictEqual(coordinates.own, freshCoordinate());
  strictEqual(coordinates.of("a"), undefined);
  strictEqual(meter.counters.size, 0);
  deepStrictEqual(log.lines, []);
});

Deno.test("Coordinates.pingComplete() drops another version and what cannot be read", () => {
  const { coordinates, log } = build();
  const newer = payloadOf(there);
  newer[0] = 2;
  coordinates.pingComplete({ name: "a" }, 20, newer);
  coordinates.pingComplete({ name: "b" }, 20, payloadOf(there).subarray(0, 20));
  deepStrictEqual(coordinates.own, freshCoordinate());
  strictEqual(coordinates.of("a"), undefined);
  strictEqual(coordinates.of("b"), undefined);
  ok(log.has("Unsupported ping version from node 'a': 2"));
  ok(log.has("Failed to decode coordinate from node 'b'"));
});

Deno.test("Coordinates.pingComplete() counts what the client refuses", () => {
  const { coordinates, meter } = build();
  coordinates.pingComplete({ name: "a" }, 20_000, payloadOf(there));
  coordinates.pingComplete({ name: "a" }, 20, payloadOf({ ...there, height: NaN }));
  coordinates.pingComplete({ name: "a" }, 20, payloadOf({ ...there, vec: [1, 2] }));
  strictEqual(meter.counters.get("serf.coordinate.rejected"), 3);
  strictEqual(coordinates.of("a"), undefined);
  deepStrictEqual(coordinates.own, freshCoordinate());
});

Deno.test("Coordinates.pingComplete() counts round trips too short to measure", () => {
  const { coordinates, meter } = build();
  coordinates.pingComplete({ name: "a" }, 0, payloadOf(there));
  strictEqual(meter.counters.get("serf.coordinate.zero-rtt"), 1);
  deepStrictEqual(coordinates.of("a"), there);
});

Deno.test("Coordinates.forget() drops what a member told and what it was measured to be", () => {
  const { coordinates } = build();
  coordinates.pingComplete({ name: "a" }, 20, payloadOf(there));
  coordinates.forget("a");
  strictEqual(coordinates.of("a"), undefined);
  deepStrictEqual(coordinates.of("self"), coordinates.own);

  // Of two round trips the slower counts, so a forgotten one shows by its absence.
  coordinates.pingComplete({ name: "b" }, 9000, payloadOf(freshCoordinate()));
  coordinates.forget("b");
  const length = () => Math.hypot(...coordinates.own.vec);
  const before = length();
  coordinates.pingComplete({ name: "b" }, 0, payloadOf(freshCoordinate()));
  ok(length() < before);
});

Deno.test("Coordinates.ackPayload() tells where this node is now", () => {
  const { coordinates } = build();
  deepStrictEqual(coordinates.ackPayload(), payloadOf(freshCoordinate()));
  coordinates.pingComplete({ name: "a" }, 20, payloadOf(there));
  const told = readCoordinate(new MsgpackReader(coordinates.ackPayload(), 1));
  deepStrictEqual(told, coordinates.own);
});

Deno.test("Coordinates.resets counts positions given up", () => {
  const { coordinates } = build();
  const far = { ...there, vec: new Array<number>(8).fill(1e308) };
  coordinates.pingComplete({ name: "a" }, 20, payloadOf(far));
  strictEqual(coordinates.resets, 1);
});
