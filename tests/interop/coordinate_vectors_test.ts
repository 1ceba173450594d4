/** Network coordinates against what the reference computed, bit by bit. */

import { deepStrictEqual, fail, strictEqual } from "node:assert/strict";
import { CoordinateClient } from "../../src/coordinate/client.ts";
import { type Coordinate, distance, freshCoordinate } from "../../src/coordinate/coordinate.ts";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import type { Random } from "../../src/ports/random.ts";
import { readCoordinate, writeCoordinate } from "../../src/serf/members/coordinates.ts";
import { bytesFromHex, readVectors } from "../support/vectors.ts";

/** A recorded number; JSON has none that is not finite. */
type RecordedNumber = number | "NaN" | "+Inf" | "-Inf";

interface RecordedCoordinate {
  readonly Adjustment: RecordedNumber;
  readonly Error: RecordedNumber;
  readonly Height: RecordedNumber;
  readonly Vec: readonly RecordedNumber[];
}

interface Measurement {
  readonly other: RecordedCoordinate;
  readonly rtt_ns: number;
}

interface CoordinateVectors {
  readonly config: {
    readonly Dimensionality: number;
    readonly HeightMin: number;
    readonly VivaldiErrorMax: number;
  };
  readonly start: RecordedCoordinate;
  readonly updates: readonly (Measurement & {
    readonly node: string;
    readonly distance_to_other_ns: number;
    readonly result: RecordedCoordinate;
  })[];
  readonly rejections: readonly (Measurement & {
    readonly name: string;
    readonly accepted: boolean;
  })[];
  readonly distances: readonly {
    readonly name: string;
    readonly a: RecordedCoordinate;
    readonly b: RecordedCoordinate;
    readonly distance_ns: number;
  }[];
}

function numberOf(recorded: RecordedNumber): number {
  return typeof recorded === "number" ? recorded : Number(recorded.replace("Inf", "Infinity"));
}

function coordinateOf(recorded: RecordedCoordinate): Coordinate {
  return {
    vec: recorded.Vec.map(numberOf),
    error: numberOf(recorded.Error),
    adjustment: numberOf(recorded.Adjustment),
    height: numberOf(recorded.Height),
  };
}

function nanosecondsBetween(a: RecordedCoordinate, b: RecordedCoordinate): number {
  return Math.round(distance(coordinateOf(a), coordinateOf(b)) * 1e9);
}

/** The vectors were chosen so that chance plays no part. */
const noChance: Random = {
  uniform: () => fail("no chance is needed"),
  below: () => fail("no chance is needed"),
  fill: () => fail("no chance is needed"),
};

Deno.test("CoordinateClient.update() ends up where the reference does", () => {
  const { config, start, updates } = readVectors<CoordinateVectors>("coordinates");
  deepStrictEqual(freshCoordinate(), {
    vec: new Array(config.Dimensionality).fill(0),
    error: config.VivaldiErrorMax,
    adjustment: 0,
    height: config.HeightMin,
  });
  const client = new CoordinateClient(noChance, coordinateOf(start));
  strictEqual(updates.length, 200);
  for (const [i, { node, other, rtt_ns, result, distance_to_other_ns }] of updates.entries()) {
    strictEqual(client.update(node, coordinateOf(other), rtt_ns / 1e6).ok, true);
    deepStrictEqual(client.coordinate, coordinateOf(result), `update ${i}`);
    strictEqual(
      Math.round(distance(client.coordinate, coordinateOf(other)) * 1e9),
      distance_to_other_ns,
      `update ${i}`,
    );
  }
});

Deno.test("CoordinateClient.update() takes and refuses what the reference does", () => {
  const { rejections } = readVectors<CoordinateVectors>("coordinates");
  strictEqual(rejections.length, 8);
  for (const { name, other, rtt_ns, accepted } of rejections) {
    const client = new CoordinateClient(noChance);
    const before = client.coordinate;
    strictEqual(client.update("a", coordinateOf(other), rtt_ns / 1e6).ok, accepted, name);
    strictEqual(client.coordinate === before, !accepted, name);
  }
});

Deno.test("distance() predicts what the reference does", () => {
  const { distances } = readVectors<CoordinateVectors>("coordinates");
  strictEqual(distances.length, 7);
  for (const { name, a, b, distance_ns } of distances) {
    strictEqual(nanosecondsBetween(a, b), distance_ns, name);
    strictEqual(nanosecondsBetween(b, a), distance_ns, name);
  }
});

interface PingVectors {
  readonly ping_payloads: readonly {
    readonly name: string;
    readonly version: number;
    readonly coordinate: RecordedCoordinate;
    readonly hex: string;
  }[];
}

Deno.test("readCoordinate() and writeCoordinate() agree with the recorded payloads", () => {
  const { ping_payloads } = readVectors<PingVectors>("serf-messages");
  strictEqual(ping_payloads.length, 2);
  for (const { name, version, coordinate, hex } of ping_payloads) {
    const payload = bytesFromHex(hex);
    strictEqual(payload[0], version, name);
    deepStrictEqual(readCoordinate(new MsgpackReader(payload, 1)), coordinateOf(coordinate), name);
    const writer = new MsgpackWriter("raw");
    writeCoordinate(writer, coordinateOf(coordinate));
    strictEqual(writer.copy().toHex(), hex, name);
  }
});
