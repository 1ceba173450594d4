/**
 * Messages told equally often, of which the longest goes first, because it is the
 * hardest to fit later, and among equals the newest (gossip.md section 13.1).
 */

import type { QueueEntry, Tier } from "./queue_tier.ts";

/** Messages told equally often, by length. */
export class LongestFirstTier<E extends QueueEntry> implements Tier<E> {
  /** Lengths in ascending order, each with its messages, the newest last. */
  readonly #lengths: number[] = [];
  readonly #stacks = new Map<number, E[]>();

  add(entry: E): void {
    const stack = this.#stacks.get(entry.length);
    if (stack) {
      stack.splice(rankOf(stack, (other) => other.order < entry.order), 0, entry);
      return;
    }
    this.#stacks.set(entry.length, [entry]);
    this.#lengths.splice(this.#rankOf(entry.length), 0, entry.length);
  }

  /** Takes the newest of the longest messages of at most `limit` bytes. */
  takeNext(limit: number): E | undefined {
    for (let rank = this.#rankOf(limit + 1) - 1; rank >= 0; rank--) {
      const entry = this.#takeFrom(rank, (stack) => stack.pop());
      if (entry) return entry;
    }
    return undefined;
  }

  /** Takes the oldest of the shortest messages. */
  takeLeast(): E | undefined {
    while (this.#lengths.length > 0) {
      const entry = this.#takeFrom(0, (stack) => stack.shift());
      if (entry) return entry;
    }
    return undefined;
  }

  /** Takes one live entry of a length; forgets the length once no message has it. */
  #takeFrom(rank: number, take: (stack: E[]) => E | undefined): E | undefined {
    const length = this.#lengths[rank]!;
    const stack = this.#stacks.get(length)!;
    let entry = take(stack);
    while (entry?.isRemoved) entry = take(stack);
    if (stack.length === 0) {
      this.#stacks.delete(length);
      this.#lengths.splice(rank, 1);
    }
    return entry;
  }

  #rankOf(length: number): number {
    return rankOf(this.#lengths, (other) => other < length);
  }
}

/** How many elements of a sorted list come before; `before` is true for a prefix of it. */
function rankOf<T>(list: readonly T[], before: (element: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(list[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
