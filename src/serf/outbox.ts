/**
 * What Serf has to gossip: intents before queries before user events
 * (gossip.md section 13.5). Each kind has a queue of its own, so that a storm of
 * events cannot drown who comes and goes.
 */

import { BroadcastQueue, type QueueOrder } from "../memberlist/broadcast_queue.ts";
import { gossipTuning } from "../memberlist/gossip_tuning.ts";
import type { MessageSink } from "../memberlist/delegate.ts";
import type { PendingBroadcast, PendingBroadcasts } from "../memberlist/pending_broadcasts.ts";
import type { Address } from "../ports/address.ts";
import type { Meter } from "../ports/meter.ts";

/** What one more Serf message costs in a packet: its place in the compound and a type byte. */
const overhead = 3;

/** The three queues of the Serf layer. */
export class Outbox implements PendingBroadcasts {
  readonly intents: BroadcastQueue;
  readonly queries: BroadcastQueue;
  /** Oldest first: receivers drop an event that is too far behind the newest. */
  readonly userEvents: BroadcastQueue;
  readonly #queues: readonly BroadcastQueue[];
  readonly #meter: Meter;
  #latest: BroadcastQueue | undefined;
  /** Runs after each addition to a queue. */
  onAdd: () => void = () => {};
  /** Runs after messages were handed out. */
  onTold: () => void = () => {};

  /**
   * @param memberCount tells how many members there are, in any status.
   * @param eventBuffer how many Lamport times back members remember user events.
   * @param maxLength the longest message that fits into a packet.
   * @param repairShare which share of `eventBuffer` may wait to be told again.
   */
  constructor(
    retransmitMult: number,
    memberCount: () => number,
    meter: Meter,
    eventBuffer = 512,
    maxLength = Infinity,
    repairShare = gossipTuning.repairShare,
  ) {
    const queue = (order: QueueOrder) =>
      new BroadcastQueue(retransmitMult, memberCount, order, maxLength);
    this.intents = queue("longest-first");
    this.queries = queue("longest-first");
    this.userEvents = queue("oldest-first");
    this.#queues = [this.intents, this.queries, this.userEvents];
    this.#meter = meter;
    for (const queue of this.#queues) {
      queue.onAdd = () => {
        this.#latest = queue;
        this.onAdd();
      };
    }
    const { userEvents } = this;
    const repairs = repairShare * eventBuffer;
    userEvents.onAdd = () => {
      this.#latest = userEvents;
      if (userEvents.length - userEvents.unsent > repairs) {
        userEvents.prune(userEvents.unsent + repairs);
      }
      this.onAdd();
    };
  }

  get length(): number {
    return this.intents.length + this.queries.length + this.userEvents.length;
  }

  get bytes(): number {
    return this.intents.bytes + this.queries.bytes + this.userEvents.bytes;
  }

  get unsent(): number {
    return this.intents.unsent + this.queries.unsent + this.userEvents.unsent;
  }

  get sentAlongTree(): number {
    return this.intents.sentAlongTree + this.queries.sentAlongTree + this.userEvents.sentAlongTree;
  }

  get awaited(): number {
    return this.intents.awaited + this.queries.awaited + this.userEvents.awaited;
  }

  get newest(): PendingBroadcast | undefined {
    return this.#latest?.newest;
  }

  noteSentAlongTree(): void {
    this.#latest?.noteSentAlongTree();
  }

  noteBackupRound(): void {
    for (const queue of this.#queues) queue.noteBackupRound();
  }

  /** Adds waiting messages to a packet, of which `to` get a copy each, while they fit. */
  fillPacket(sink: MessageSink, to: readonly Address[] = [], minTransmits = 0): void {
    for (const queue of this.#queues) {
      if (queue.length === 0) continue;
      queue.take(
        overhead,
        sink.room + overhead,
        (message) => {
          sink.add(message);
          this.#meter.sample("serf.msgs.sent", message.length);
        },
        to,
        minTransmits,
      );
    }
    this.onTold();
  }

  /** Drops everything without a word. */
  clear(): void {
    for (const queue of this.#queues) queue.clear();
  }
}
