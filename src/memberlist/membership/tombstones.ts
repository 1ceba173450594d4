/**
 * The last incarnations of members that the roster forgot.
 *
 * A member that was cut off may still claim that they are alive. Without their last
 * incarnations such a claim would look like a return.
 */

import type { Milliseconds } from "../../ports/clock.ts";

/** Most names remembered: the oldest makes room. */
export const maxTombstones = 65_536;

interface Tombstone {
  readonly incarnation: number;
  readonly buriedAt: Milliseconds;
  /** When its name was last claimed, and the claimant asked to prove that it lives. */
  challengedAt: Milliseconds;
}

export class Tombstones {
  /** The earliest first. */
  readonly #byName = new Map<string, Tombstone>();

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): Tombstone | undefined {
    return this.#byName.get(name);
  }

  /** Remembers a member that is forgotten now. */
  add(name: string, incarnation: number, now: Milliseconds): void {
    this.#byName.delete(name);
    this.#byName.set(name, { incarnation, buriedAt: now, challengedAt: -Infinity });
    if (this.#byName.size > maxTombstones) this.#removeOldest();
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  /** Drops those from before `time`. */
  forgetBefore(time: Milliseconds): void {
    for (const [name, { buriedAt }] of this.#byName) {
      if (buriedAt >= time) return;
      this.#byName.delete(name);
    }
  }

  #removeOldest(): void {
    for (const name of this.#byName.keys()) {
      this.#byName.delete(name);
      return;
    }
  }
}
