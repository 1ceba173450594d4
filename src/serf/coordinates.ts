/**
 * Positions of this node and of others, carried by probes: every ack tells where
 * its sender is, and the time it took says how far that is from here (gossip.md
 * section 31).
 */

import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { CoordinateClient } from "../coordinate/client.ts";
import { type Coordinate, distance } from "../coordinate/coordinate.ts";
import type { Member } from "../memberlist/member.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { Random } from "../ports/random.ts";
import { WireError } from "../wire/wire_error.ts";
import type { Complaints } from "./complaints.ts";
import { readCoordinate, writeCoordinate } from "./coordinate_message.ts";
import type { PingObserver } from "./memberlist_delegate.ts";

/** What coordinates work with. */
export interface CoordinatesOptions {
  readonly log: Log;
  readonly meter: Meter;
  readonly random: Random;
  readonly complaints: Complaints;
  /** The own name. */
  readonly self: string;
}

/** Keeps the own position and those that others told. */
export class Coordinates implements PingObserver {
  readonly #options: CoordinatesOptions;
  readonly #client: CoordinateClient;
  readonly #others = new Map<string, Coordinate>();
  readonly #writer = new MsgpackWriter("raw");
  /** What the writer holds. */
  #written: Coordinate | undefined;

  constructor(options: CoordinatesOptions) {
    this.#options = options;
    this.#client = new CoordinateClient(() => options.random.uniform());
  }

  /** The own position. */
  get own(): Coordinate {
    return this.#client.own;
  }

  /** How often the own position became nonsense and was begun anew. */
  get resets(): number {
    return this.#client.resets;
  }

  /** Returns where a member was when it last answered; `undefined` if it never did. */
  get(name: string): Coordinate | undefined {
    return name === this.#options.self ? this.own : this.#others.get(name);
  }

  /** Forgets a member that is gone for good. */
  forget(name: string): void {
    this.#others.delete(name);
    this.#client.forget(name);
  }

  /** Returns what to put into an ack; it is borrowed. */
  ackPayload(): Uint8Array {
    if (this.#written !== this.own) {
      this.#writer.reset();
      writeCoordinate(this.#writer, this.own);
      this.#written = this.own;
    }
    return this.#writer.view();
  }

  /** Moves by what a direct ack told; members without coordinates tell nothing. */
  pingComplete(member: Member, roundTrip: Milliseconds, payload: Uint8Array): void {
    if (payload.length === 0) return;
    const other = this.#read(member.name, payload);
    if (other) this.#move(member.name, other, roundTrip);
  }

  #move(name: string, other: Coordinate, roundTrip: Milliseconds): void {
    const { log, meter } = this.#options;
    if (roundTrip === 0) meter.count("serf.coordinate.zero-rtt", 1);
    const before = this.own;
    const moved = this.#client.update(name, other, roundTrip);
    if (!moved.ok) {
      meter.count("serf.coordinate.rejected", 1);
      log.debug(`Rejected coordinate from ${name}: ${moved.error.message}`);
      return;
    }
    meter.sample("serf.coordinate.adjustment-ms", distance(before, moved.value) * 1000);
    this.#others.set(name, other);
  }

  #read(name: string, payload: Uint8Array): Coordinate | undefined {
    try {
      return readCoordinate(payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#options.complaints.add(
        `Failed to decode coordinate from ping of ${name}: ${error.message}`,
      );
      return undefined;
    }
  }
}
