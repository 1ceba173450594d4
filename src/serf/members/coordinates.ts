/**
 * Network coordinates on the wire: the own one rides on every ack, and what comes
 * back moves it (gossip.md section 31.1).
 */

import { type Codec, float, list } from "../../bytes/msgpack_codec.ts";
import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { CoordinateClient } from "../../coordinate/client.ts";
import { type Coordinate, distance } from "../../coordinate/coordinate.ts";
import type { Member } from "../../memberlist/member.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import { message } from "../../wire/message_body.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { SerfNode } from "../node.ts";

/** The version of the payload that acks carry. */
const payloadVersion = 1;
/** No coordinate has more dimensions than this. */
const maxDimensions = 64;

const vector: Codec<readonly number[]> = {
  ...list(float),
  read(reader) {
    const length = reader.readArrayLength() ?? 0;
    if (length > maxDimensions) {
      throw new WireError("too-large", `A coordinate with ${length} dimensions`);
    }
    return Array.from({ length }, () => reader.readFloat());
  },
};

/** Reads and writes what an ack carries; the version stands in the place of a type byte. */
export const { read: readCoordinate, write: writeCoordinate } = message(payloadVersion, {
  vec: ["Vec", vector],
  error: ["Error", float],
  adjustment: ["Adjustment", float],
  height: ["Height", float],
});

/** The own coordinate, and those that others told. */
export class Coordinates {
  readonly #node: SerfNode;
  readonly #client: CoordinateClient;
  readonly #cache = new Map<string, Coordinate>();
  readonly #writer = new MsgpackWriter("raw");

  constructor(node: SerfNode) {
    this.#node = node;
    this.#client = new CoordinateClient(node.random);
    this.#cache.set(node.config.name, this.#client.coordinate);
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
    const { config, log, meter } = this.#node;
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
    this.#cache.set(config.name, moved.value);
  }

  #read(name: string, payload: Uint8Array): Coordinate | undefined {
    const { log } = this.#node;
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
