/**
 * Broadcasts sent equally often, of which the oldest goes first.
 *
 * Receivers drop user events that are too far behind the newest: in a storm, sending
 * the newest first would make the oldest come too late for ever.
 */

import type { QueueEntry, Tier } from "./queue_tier.ts";

/** How many messages that do not fit are passed over in search of one that does. */
const lookahead = 16;

/** Messages in the order in which they came. */
export class OldestFirstTier<E extends QueueEntry> implements Tier<E> {
  #entries: E[] = [];
  /** Everything before it is gone; cut off now and then, because moving all is costly. */
  #start = 0;

  add(entry: E): void {
    this.#entries.push(entry);
  }

  takeNext(limit: number): E | undefined {
    this.#dropRemoved();
    const end = Math.min(this.#entries.length, this.#start + lookahead);
    for (let at = this.#start; at < end; at++) {
      const entry = this.#entries[at]!;
      if (entry.isRemoved || entry.length > limit) continue;
      // Those passed over move up by one and keep their order.
      this.#entries.copyWithin(this.#start + 1, this.#start, at);
      this.#start++;
      return entry;
    }
    return undefined;
  }

  takeLeast(): E | undefined {
    this.#dropRemoved();
    return this.#entries[this.#start] && this.#entries[this.#start++];
  }

  #dropRemoved(): void {
    while (this.#entries[this.#start]?.isRemoved) this.#start++;
    if (this.#start < 64 || this.#start < this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#start);
    this.#start = 0;
  }
}
