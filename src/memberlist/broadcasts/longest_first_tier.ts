/**
 * Broadcasts sent equally often, of which the longest goes first, because it is the
 * hardest to fit later, and among equals the newest (gossip.md section 13.1).
 */

import type { QueueEntry, Tier } from "./queue_tier.ts";

/** Messages of one length, the newest last. */
interface Stack<E> {
  readonly entries: E[];
  /** The order of each, side by side: a search need not visit entries all over the memory. */
  readonly orders: number[];
}

export class LongestFirstTier<E extends QueueEntry> implements Tier<E> {
  readonly #lengths: number[] = [];
  readonly #stacks = new Map<number, Stack<E>>();

  add(entry: E): void {
    const { length, order } = entry;
    const stack = this.#stacks.get(length);
    if (stack) {
      const rank = rankOf(stack.orders, order);
      stack.entries.splice(rank, 0, entry);
      stack.orders.splice(rank, 0, order);
      return;
    }
    this.#stacks.set(length, { entries: [entry], orders: [order] });
    this.#lengths.splice(rankOf(this.#lengths, length), 0, length);
  }

  /** Takes the newest of the longest messages of at most `limit` bytes. */
  takeNext(limit: number): E | undefined {
    for (let rank = rankOf(this.#lengths, limit + 1) - 1; rank >= 0; rank--) {
      const entry = this.#takeFrom(rank, "newest");
      if (entry) return entry;
    }
    return undefined;
  }

  takeLeast(): E | undefined {
    while (this.#lengths.length > 0) {
      const entry = this.#takeFrom(0, "oldest");
      if (entry) return entry;
    }
    return undefined;
  }

  /** Takes one live entry of a length; forgets the length once no message has it. */
  #takeFrom(rank: number, which: "newest" | "oldest"): E | undefined {
    const length = this.#lengths[rank]!;
    const { entries, orders } = this.#stacks.get(length)!;
    let entry: E | undefined;
    do {
      if (which === "newest") {
        entry = entries.pop();
        orders.pop();
      } else {
        entry = entries.shift();
        orders.shift();
      }
    } while (entry?.isRemoved);
    if (entries.length === 0) {
      this.#stacks.delete(length);
      this.#lengths.splice(rank, 1);
    }
    return entry;
  }
}

/** How many numbers of an ascending list are less than `value`. */
function rankOf(list: readonly number[], value: number): number {
  let high = list.length;
  if (high === 0 || list[high - 1]! < value) return high;
  let low = 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
