/**
 * Broadcasts of one kind that wait to be sent, least sent first (gossip.md section 13).
 *
 * Among broadcasts sent equally often the longest goes first, or the oldest where receivers drop
 * what comes too late. A broadcast is finished after a number of transmissions that grows with the
 * logarithm of the cluster's size.
 */

import { type Address, sameAddress } from "../../ports/address.ts";
import type { Backlog, Broadcast, PendingBroadcast, Selection } from "./broadcast.ts";
import { LongestFirstTier } from "./longest_first_tier.ts";
import { OldestFirstTier } from "./oldest_first_tier.ts";
import type { QueueEntry, Tier } from "./queue_tier.ts";
import { retransmitLimit } from "../scaling.ts";

/** What goes first among broadcasts that were sent equally often. */
export type QueueOrder = "longest-first" | "oldest-first";

/** How a queue differs from one that holds claims about members. */
export interface QueueOptions {
  /** The order among broadcasts sent equally often; "longest-first" by default. */
  readonly order?: QueueOrder;
  /** The longest message that fits into a packet; see `broadcastLimit`. No limit by default. */
  readonly maxLength?: number;
  /** The byte that goes in front of each message in a packet; none by default. */
  readonly typeByte?: number;
  /** How many broadcasts that were sent before may wait; others are finished. No limit by default. */
  readonly maxRepairs?: number;
  /** Runs for each message that goes into a packet, with its length. */
  readonly sent?: (length: number) => void;
}

const nobody: readonly Address[] = [];
const everything: Selection = {};

/** There may be one for each member: the fields of the broadcast are copied to save an object. */
class Entry implements QueueEntry, PendingBroadcast {
  readonly message: Uint8Array;
  readonly name: string | undefined;
  readonly finished: (() => void) | undefined;
  readonly from: Address | undefined;
  readonly order: number;
  /** Who has it, as far as is known. Kept for the newest only: nobody asks for others. */
  #knownTo: Address[] | undefined;
  transmits = 0;
  /** How often it was sent along its tree, which counts towards the limit only. */
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

  /** To be called when a newer one came. */
  forgetReceivers(): void {
    this.#knownTo = undefined;
  }
}

export class BroadcastQueue implements Backlog {
  readonly #retransmitMult: number;
  readonly #nodeCount: () => number;
  readonly #newTier: () => Tier<Entry>;
  readonly #maxLength: number;
  readonly #maxRepairs: number;
  readonly typeByte: number | undefined;
  readonly sent: ((length: number) => void) | undefined;
  /** Indexed by the number of transmissions; sparse at the end only. */
  readonly #tiers: Tier<Entry>[] = [];
  readonly #named = new Map<string, Entry>();
  #length = 0;
  #bytes = 0;
  #unsent = 0;
  #sentAlongTree: Entry[] = [];
  #awaited = 0;
  #orders = 0;
  #newest: Entry | undefined;
  /** Runs after each addition; for the outbox. */
  onAdd: () => void = () => {};
  /** Runs after messages were taken; for the owner. */
  onTake: () => void = () => {};

  /** @param nodeCount returns the number of members to reach. */
  constructor(retransmitMult: number, nodeCount: () => number, options: QueueOptions = {}) {
    this.#retransmitMult = retransmitMult;
    this.#nodeCount = nodeCount;
    this.#maxLength = options.maxLength ?? Infinity;
    this.#maxRepairs = options.maxRepairs ?? Infinity;
    this.typeByte = options.typeByte;
    this.sent = options.sent;
    this.#newTier = options.order === "oldest-first"
      ? () => new OldestFirstTier()
      : () => new LongestFirstTier();
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
   * One that fits into no packet is finished at once: it would hold up others for ever.
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
    if (this.#length - this.#unsent > this.#maxRepairs) this.prune(this.#unsent + this.#maxRepairs);
    this.onAdd();
  }

  /**
   * Hands out messages that together cost at most `budget` bytes, each its
   * length and `overhead`. What is handed out is borrowed.
   *
   * @param into takes one message; false if it has no room, which ends it.
   * @param to the receivers. Each copy counts, and a broadcast that would exceed its limit is
   * left out. The receivers are remembered.
   */
  take(
    overhead: number,
    budget: number,
    into: (message: Uint8Array) => unknown,
    to: readonly Address[] = nobody,
    { alongTree, minTransmits = 0 }: Selection = everything,
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
        const sent = transmits + entry.alongTree + copies;
        if (copies > 1 && sent > limit) {
          spared.push(entry);
          continue;
        }
        used += overhead + entry.length;
        if (into(entry.message) === false) {
          spared.push(entry);
          used = budget;
          break;
        }
        for (const address of to) entry.noteSentTo(address);
        if (sent >= limit) this.#finish(entry);
        else again.push(entry);
      }
    }
    // Only now, so that no message goes twice into the same packet.
    for (const entry of again) {
      if (entry.isRemoved) continue;
      this.#noteSent(entry);
      // Packets along the tree change no tier: the backup round is still to come.
      if (entry === alongTree) entry.alongTree += copies;
      else entry.transmits += copies;
      this.#insert(entry);
    }
    for (const entry of spared) this.#insert(entry);
    this.onTake();
  }

  /** Notes that the newest broadcast goes along its tree, and has to go to others later. */
  noteSentAlongTree(): void {
    const entry = this.#newest;
    if (!entry || entry.isRemoved) return;
    this.#noteSent(entry);
    this.#sentAlongTree.push(entry);
  }

  /** Notes that all were sent in a backup round. */
  noteBackupRound(): void {
    if (this.#sentAlongTree.length > 0) this.#sentAlongTree = [];
  }

  /** Finishes broadcasts until at most `max` are left: the most sent first. */
  prune(max: number): void {
    for (let transmits = this.#tiers.length - 1; transmits >= 0; transmits--) {
      while (this.#length > max) {
        const entry = this.#tiers[transmits]!.takeLeast();
        if (!entry) break;
        this.#finish(entry);
      }
    }
  }

  /** Drops everything and finishes nothing, as when the node stops. */
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
