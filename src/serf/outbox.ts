/**
 * What Serf has to gossip: intents before queries before user events
 * (gossip.md section 13.5). Each kind has a queue of its own, so that a storm of
 * events cannot drown who comes and goes.
 */

import { BroadcastQueue } from "../memberlist/broadcast_queue.ts";
import type { MessageSink } from "../memberlist/delegate.ts";
import type { Meter } from "../ports/meter.ts";

/** What one more Serf message costs in a packet: its place in the compound and a type byte. */
const overhead = 3;

/** The three queues of the Serf layer. */
export class Outbox {
  readonly intents: BroadcastQueue;
  readonly queries: BroadcastQueue;
  readonly userEvents: BroadcastQueue;
  readonly #meter: Meter;

  /** `memberCount` tells how many members there are, in any status. */
  constructor(retransmitMult: number, memberCount: () => number, meter: Meter) {
    this.intents = new BroadcastQueue(retransmitMult, memberCount);
    this.queries = new BroadcastQueue(retransmitMult, memberCount);
    this.userEvents = new BroadcastQueue(retransmitMult, memberCount);
    this.#meter = meter;
  }

  /** How many messages wait. */
  get length(): number {
    return this.intents.length + this.queries.length + this.userEvents.length;
  }

  /** Adds waiting messages to a packet while they fit. */
  fillPacket(sink: MessageSink): void {
    for (const queue of [this.intents, this.queries, this.userEvents]) {
      if (queue.length === 0) continue;
      queue.take(overhead, sink.room + overhead, (message) => {
        sink.add(message);
        this.#meter.sample("serf.msgs.sent", message.length);
      });
    }
  }

  /** Drops everything without a word. */
  clear(): void {
    this.intents.clear();
    this.queries.clear();
    this.userEvents.clear();
  }
}
