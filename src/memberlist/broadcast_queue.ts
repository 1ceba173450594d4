/**
 * What to gossip, least-told first (gossip.md section 13).
 *
 * Among messages told equally often the longest goes first, because it is the
 * hardest to fit later, and among equals the newest. A message has done its duty
 * after a number of transmissions that grows with the logarithm of the cluster.
 */

import { retransmitLimit } from "./scaling.ts";

/** Something to tell everybody. */
export interface Broadcast {
  /** Owned by the queue from now on. */
  readonly message: Uint8Array;
  /** Whom it is about: a newer broadcast of the same name takes its place. */
  readonly name?: string;
  /** Runs once, when it was told often enough, was replaced, or had to make room. */
  readonly finished?: () => void;
}

interface Entry {
  readonly broadcast: Broadcast;
  readonly length: number;
  /** Rises with every broadcast added, and never starts over. */
  readonly order: number;
  transmits: number;
  /** Removed entries stay in their stack until it is looked at. */
  removed: boolean;
}

/** Messages told equally often, by length. */
class Tier {
  /** Lengths in ascending order, each with its messages, the newest last. */
  readonly #lengths: number[] = [];
  readonly #stacks = new Map<number, Entry[]>();

  add(entry: Entry): void {
    const stack = this.#stacks.get(entry.length);
    if (stack) {
      stack.splice(rankOf(stack, (other) => other.order < entry.order), 0, entry);
      return;
    }
    this.#stacks.set(entry.length, [entry]);
    this.#lengths.splice(this.#rankOf(entry.length), 0, entry.length);
  }

  /** Takes the newest of the longest messages of at most `limit` bytes. */
  takeLongest(limit: number): Entry | undefined {
    for (let rank = this.#rankOf(limit + 1) - 1; rank >= 0; rank--) {
      const entry = this.#takeFrom(rank, (stack) => stack.pop());
      if (entry) return entry;
    }
    return undefined;
  }

  /** Takes the oldest of the shortest messages. */
  takeShortest(): Entry | undefined {
    while (this.#lengths.length > 0) {
      const entry = this.#takeFrom(0, (stack) => stack.shift());
      if (entry) return entry;
    }
    return undefined;
  }

  /** Takes one live entry of a length; forgets the length once no message has it. */
  #takeFrom(rank: number, take: (stack: Entry[]) => Entry | undefined): Entry | undefined {
    const length = this.#lengths[rank]!;
    const stack = this.#stacks.get(length)!;
    let entry = take(stack);
    while (entry?.removed) entry = take(stack);
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

/** A transmit-limited priority queue of broadcasts. */
export class BroadcastQueue {
  readonly #retransmitMult: number;
  readonly #nodeCount: () => number;
  /** Indexed by the number of transmissions; sparse at the end only. */
  readonly #tiers: Tier[] = [];
  readonly #named = new Map<string, Entry>();
  #length = 0;
  #orders = 0;

  /** `nodeCount` tells how many members there are to reach. */
  constructor(retransmitMult: number, nodeCount: () => number) {
    this.#retransmitMult = retransmitMult;
    this.#nodeCount = nodeCount;
  }

  /** How many broadcasts wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds a broadcast; one of the same name is finished by that. */
  add(broadcast: Broadcast): void {
    const entry: Entry = {
      broadcast,
      length: broadcast.message.length,
      order: this.#orders++,
      transmits: 0,
      removed: false,
    };
    if (broadcast.name !== undefined) {
      const replaced = this.#named.get(broadcast.name);
      this.#named.set(broadcast.name, entry);
      if (replaced) {
        replaced.removed = true;
        this.#length--;
        replaced.broadcast.finished?.();
      }
    }
    this.#length++;
    this.#insert(entry);
  }

  /**
   * Hands out messages that together cost at most `budget` bytes, each its
   * length and `overhead`. What is handed out is borrowed.
   */
  take(overhead: number, budget: number, into: (message: Uint8Array) => void): void {
    if (this.#length === 0) return;
    const limit = retransmitLimit(this.#retransmitMult, this.#nodeCount());
    const again: Entry[] = [];
    let used = 0;
    const tiers = this.#tiers.length;
    for (let transmits = 0; transmits < tiers; transmits++) {
      const free = () => budget - used - overhead;
      while (free() > 0) {
        const entry = this.#tiers[transmits]!.takeLongest(free());
        if (!entry) break;
        used += overhead + entry.length;
        into(entry.broadcast.message);
        if (entry.transmits + 1 >= limit) this.#finish(entry);
        else again.push(entry);
      }
    }
    // Only now, so that no message goes twice into the same packet.
    for (const entry of again) {
      entry.transmits++;
      if (!entry.removed) this.#insert(entry);
    }
  }

  /** Finishes the most told, shortest, oldest broadcasts until at most `max` are left. */
  prune(max: number): void {
    for (let transmits = this.#tiers.length - 1; transmits >= 0; transmits--) {
      while (this.#length > max) {
        const entry = this.#tiers[transmits]!.takeShortest();
        if (!entry) break;
        this.#finish(entry);
      }
    }
  }

  /** Drops everything without a word, as when the node stops. */
  clear(): void {
    this.#tiers.length = 0;
    this.#named.clear();
    this.#length = 0;
  }

  #insert(entry: Entry): void {
    while (this.#tiers.length <= entry.transmits) this.#tiers.push(new Tier());
    this.#tiers[entry.transmits]!.add(entry);
  }

  #finish(entry: Entry): void {
    entry.removed = true;
    this.#length--;
    const { name } = entry.broadcast;
    if (name !== undefined && this.#named.get(name) === entry) this.#named.delete(name);
    entry.broadcast.finished?.();
  }
}
