/**
 * What the forgotten dead claimed last.
 *
 * A dead member leaves the roster after a while, but the news that it was once
 * alive may still be around: in the memory of somebody who was cut off. Without
 * its last incarnation nobody could tell such news from a return.
 */

import type { Milliseconds } from "../../ports/clock.ts";

/** More names than this are not remembered: the one forgotten longest ago makes room. */
export const maxTombstones = 65_536;

export interface Tombstone {
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
