/**
 * What to gossip, least-told first (gossip.md section 13).
 *
 * Among messages told equally often the longest goes first, because it is the
 * hardest to fit later, and among equals the newest. Where receivers drop what
 * comes too late, the oldest goes first instead, so that nothing starves. A
 * message has done its duty after a number of transmissions that grows with the
 * logarithm of the cluster.
 */

import { type Address, sameAddress } from "../ports/address.ts";
import { LongestFirstTier } from "./longest_first_tier.ts";
import type { PendingBroadcast, PendingBroadcasts } from "./pending_broadcasts.ts";
import { OldestFirstTier } from "./oldest_first_tier.ts";
import type { Broadcast, QueueEntry, Tier } from "./queue_tier.ts";
import { retransmitLimit } from "./scaling.ts";

/** What goes first among messages told equally often. */
export type QueueOrder = "longest-first" | "oldest-first";

const nobody: readonly Address[] = [];

/** There may be one for each member, so what a broadcast holds is moved here to save an object. */
class Entry implements QueueEntry, PendingBroadcast {
  readonly message: Uint8Array;
  readonly name: string | undefined;
  readonly finished: (() => void) | undefined;
  readonly from: Address | undefined;
  readonly order: number;
  /** Who has it, as far as is known; kept for the newest only, because nobody asks for others. */
  #knownTo: Address[] | undefined;
  transmits = 0;
  /** How often it was told along its tree, which counts towards the limit alone. */
  alongTree = 0;
  isUnsent = true;
  isRemoved = false;

  constructor({ message, name, from, finished }: Broadcast, order: number) {
    this.message = message;
    this.name = name;
    this.finished = finished;
    this.from = from;
    this.order = order;
    this.#knownTo = from ? [from] : [];
  }

  get length(): number {
    return this.message.length;
  }

  isKnownTo(address: Address): boolean {
    return this.#knownTo?.some((known) => sameAddress(known, address)) === true;
  }

  noteSentTo(to: Address): void {
    this.#knownTo?.push(to);
  }

  /** Hears that a newer one came. */
  forgetReceivers(): void {
    this.#knownTo = undefined;
  }
}

/** A transmit-limited priority queue of broadcasts. */
export class BroadcastQueue implements PendingBroadcasts {
  readonly #retransmitMult: number;
  readonly #nodeCount: () => number;
  readonly #newTier: () => Tier<Entry>;
  readonly #maxLength: number;
  /** Indexed by the number of transmissions; sparse at the end only. */
  readonly #tiers: Tier<Entry>[] = [];
  readonly #named = new Map<string, Entry>();
  #length = 0;
  #bytes = 0;
  #unsent = 0;
  #sentAlongTree: Entry[] = [];
  /** What the next packet takes along its tree, if it takes it. */
  #goesAlongTree: Entry | undefined;
  #awaited = 0;
  #orders = 0;
  #newest: Entry | undefined;
  /** Runs after each addition. */
  onAdd: () => void = () => {};

  /**
   * @param nodeCount tells how many members there are to reach.
   * @param maxLength the longest message that fits into a packet; see `broadcastLimit`.
   */
  constructor(
    retransmitMult: number,
    nodeCount: () => number,
    order: QueueOrder = "longest-first",
    maxLength = Infinity,
  ) {
    this.#maxLength = maxLength;
    this.#retransmitMult = retransmitMult;
    this.#nodeCount = nodeCount;
    this.#newTier = order === "longest-first"
      ? () => new LongestFirstTier()
      : () => new OldestFirstTier();
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get unsent(): number {
    return this.#unsent;
  }

  get sentAlongTree(): number {
    return this.#sentAlongTree.length;
  }

  get awaited(): number {
    return this.#awaited;
  }

  get newest(): PendingBroadcast | undefined {
    return this.#newest?.isRemoved ? undefined : this.#newest;
  }

  /**
   * Adds a broadcast; one of the same name is finished by that.
   *
   * One that fits into no packet is finished at once, because it would wait for ever and
   * stand in the way of others. It spreads with full exchanges, if at all.
   */
  add(broadcast: Broadcast): void {
    if (broadcast.message.length > this.#maxLength) return broadcast.finished?.();
    const entry = new Entry(broadcast, this.#orders++);
    if (broadcast.name !== undefined) {
      const replaced = this.#named.get(broadcast.name);
      this.#named.set(broadcast.name, entry);
      if (replaced) this.#finish(replaced);
    }
    this.#newest?.forgetReceivers();
    this.#newest = entry;
    this.#count(entry, 1);
    this.#insert(entry);
    this.onAdd();
  }

  /**
   * Hands out messages that together cost at most `budget` bytes, each its
   * length and `overhead`. What is handed out is borrowed.
   *
   * @param to who gets them, each a copy that counts; nobody gets what that would tell
   * too often. It is remembered.
   * @param minTransmits leaves out what was told less often.
   */
  take(
    overhead: number,
    budget: number,
    into: (message: Uint8Array) => void,
    to: readonly Address[] = nobody,
    minTransmits = 0,
  ): void {
    if (this.#length === 0) return;
    const limit = retransmitLimit(this.#retransmitMult, this.#nodeCount());
    const copies = Math.max(1, to.length);
    const again: Entry[] = [];
    const spared: Entry[] = [];
    let used = 0;
    const tiers = this.#tiers.length;
    for (let transmits = minTransmits; transmits < tiers; transmits++) {
      if (copies > 1 && transmits + copies > limit) break;
      const free = () => budget - used - overhead;
      while (free() > 0) {
        const entry = this.#tiers[transmits]!.takeNext(free());
        if (!entry) break;
        const told = transmits + entry.alongTree + copies;
        if (copies > 1 && told > limit) {
          spared.push(entry);
          continue;
        }
        used += overhead + entry.length;
        into(entry.message);
        for (const address of to) entry.noteSentTo(address);
        if (told >= limit) this.#finish(entry);
        else again.push(entry);
      }
    }
    // Only now, so that no message goes twice into the same packet.
    for (const entry of again) {
      if (entry.isRemoved) continue;
      this.#noteSent(entry);
      // The tree does not change whose turn it is: others have yet to be told as often.
      if (entry === this.#goesAlongTree) entry.alongTree += copies;
      else entry.transmits += copies;
      this.#insert(entry);
    }
    for (const entry of spared) this.#insert(entry);
    this.#goesAlongTree = undefined;
  }

  noteSentAlongTree(): void {
    const entry = this.#newest;
    if (!entry || entry.isRemoved) return;
    this.#noteSent(entry);
    this.#sentAlongTree.push(entry);
    this.#goesAlongTree = entry;
  }

  noteBackupRound(): void {
    if (this.#sentAlongTree.length > 0) this.#sentAlongTree = [];
  }

  /** Finishes the most told broadcasts that are missed least until at most `max` are left. */
  prune(max: number): void {
    for (let transmits = this.#tiers.length - 1; transmits >= 0; transmits--) {
      while (this.#length > max) {
        const entry = this.#tiers[transmits]!.takeLeast();
        if (!entry) break;
        this.#finish(entry);
      }
    }
  }

  /** Drops everything without a word, as when the node stops. */
  clear(): void {
    this.#tiers.length = 0;
    this.#named.clear();
    this.#length =
      this.#bytes =
      this.#unsent =
      this.#awaited =
        0;
    this.#newest = undefined;
    this.#sentAlongTree = [];
    this.#goesAlongTree = undefined;
  }

  #noteSent(entry: Entry): void {
    if (entry.isUnsent) this.#unsent--;
    entry.isUnsent = false;
  }

  #insert(entry: Entry): void {
    while (this.#tiers.length <= entry.transmits) this.#tiers.push(this.#newTier());
    this.#tiers[entry.transmits]!.add(entry);
  }

  #finish(entry: Entry): void {
    entry.isRemoved = true;
    this.#count(entry, -1);
    if (this.#sentAlongTree.includes(entry)) {
      this.#sentAlongTree = this.#sentAlongTree.filter((other) => other !== entry);
    }
    const { name } = entry;
    if (name !== undefined && this.#named.get(name) === entry) this.#named.delete(name);
    entry.finished?.();
  }

  #count({ finished, isUnsent, length }: Entry, by: 1 | -1): void {
    this.#length += by;
    this.#bytes += by * length;
    if (isUnsent) this.#unsent += by;
    if (finished) this.#awaited += by;
  }
}
