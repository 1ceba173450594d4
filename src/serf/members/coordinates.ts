/**
 * Network coordinates on the wire: the own one rides on every ack, and what comes
 * back moves it (gossip.md section 31.1).
 */

import { type Codec, float, list } from "../../bytes/msgpack_codec.ts";
import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { struct } from "../../bytes/msgpack_struct.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { CoordinateClient } from "../../coordinate/client.ts";
import { type Coordinate, distance } from "../../coordinate/coordinate.ts";
import type { Member } from "../../memberlist/member.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Random } from "../../ports/random.ts";
import { readBody } from "../../wire/message_body.ts";
import { WireError } from "../../wire/wire_error.ts";

/** The version of the payload that acks carry. */
export const payloadVersion = 1;
/** No coordinate has more dimensions than this. */
const maxDimensions = 64;

const vector: Codec<readonly number[]> = { ...list(float), read: readVec };

const coordinateStruct = struct({
  vec: ["Vec", vector],
  error: ["Error", float],
  adjustment: ["Adjustment", float],
  height: ["Height", float],
});

/** Writes what an ack carries. */
export function writeCoordinate(writer: MsgpackWriter, coordinate: Coordinate): void {
  writer.writeByte(payloadVersion);
  coordinateStruct.write(writer, coordinate);
}

/**
 * Reads a coordinate from behind the version byte.
 *
 * @throws {WireError} if it is malformed or has too many dimensions.
 */
export function readCoordinate(reader: MsgpackReader): Coordinate {
  return readBody(coordinateStruct, reader);
}

/** What coordinates work with. */
export interface CoordinatesOptions {
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly self: string;
}

/** The own coordinate, and those that others told. */
export class Coordinates {
  readonly #options: CoordinatesOptions;
  readonly #client: CoordinateClient;
  readonly #cache = new Map<string, Coordinate>();
  readonly #writer = new MsgpackWriter("raw");

  constructor(options: CoordinatesOptions) {
    this.#options = options;
    this.#client = new CoordinateClient(options.random);
    this.#cache.set(options.self, this.#client.coordinate);
  }

  /** The own position. */
  get own(): Coordinate {
    return this.#client.coordinate;
  }

  /** How often the own position was begun anew. */
  get resets(): number {
    return this.#client.resets;
  }

  /** Returns where a member last said it was. */
  of(name: string): Coordinate | undefined {
    return this.#cache.get(name);
  }

  /** Forgets a member that is gone for good. */
  forget(name: string): void {
    this.#cache.delete(name);
    this.#client.forget(name);
  }

  /** Returns what an ack carries, borrowed until the next call. */
  ackPayload(): Uint8Array {
    this.#writer.reset();
    writeCoordinate(this.#writer, this.#client.coordinate);
    return this.#writer.view();
  }

  /** Takes what a direct probe brought back. */
  pingComplete({ name }: Pick<Member, "name">, rtt: Milliseconds, payload: Uint8Array): void {
    const { log, meter, self } = this.#options;
    if (payload.length === 0) return;
    if (rtt <= 0) meter.count("serf.coordinate.zero-rtt", 1);
    const other = this.#read(name, payload);
    if (!other) return;

    const before = this.#client.coordinate;
    const moved = this.#client.update(name, other, rtt);
    if (!moved.ok) {
      meter.count("serf.coordinate.rejected", 1);
      log.debug(`Rejected coordinate from node '${name}': ${moved.error.message}`);
      return;
    }
    meter.sample("serf.coordinate.adjustment-ms", distance(before, moved.value) * 1000);
    this.#cache.set(name, other);
    this.#cache.set(self, moved.value);
  }

  #read(name: string, payload: Uint8Array): Coordinate | undefined {
    const { log } = this.#options;
    if (payload[0] !== payloadVersion) {
      log.debug(`Unsupported ping version from node '${name}': ${payload[0]}`);
      return undefined;
    }
    try {
      return readCoordinate(new MsgpackReader(payload, 1));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      log.debug(`Failed to decode coordinate from node '${name}': ${error.message}`);
      return undefined;
    }
  }
}

function readVec(reader: MsgpackReader): number[] {
  const vec: number[] = [];
  const length = reader.readArrayLength() ?? 0;
  if (length > maxDimensions) {
    throw new WireError("too-large", `A coordinate with ${length} dimensions`);
  }
  for (let i = 0; i < length; i++) vec.push(reader.readFloat());
  return vec;
}
