/**
 * Serf's broadcasts that wait to be sent: intents before queries before user events (gossip.md
 * sections 13.5 and 33).
 *
 * Each kind has a lane of its own, so that a storm of events cannot hide who comes and goes.
 * Beyond the limit those sent most are dropped: a storm costs repairs and not memory.
 */

import type { Broadcast } from "../memberlist/broadcasts/broadcast.ts";
import { BroadcastQueue, type QueueOptions } from "../memberlist/broadcasts/broadcast_queue.ts";
import { Ticker } from "../ports/ticker.ts";
import { messageType } from "../wire/message_type.ts";
import type { SerfNode } from "./node.ts";

/** The kinds of broadcasts. */
export type LaneName = "intents" | "queries" | "userEvents";

/** What logs and meters call them. */
const labels = { intents: "Intent", userEvents: "Event", queries: "Query" } as const;
const laneNames = ["intents", "userEvents", "queries"] as const;

/** Keeps the lanes, measures them regularly and prunes those that are too long. */
export class SerfLanes implements Readonly<Record<LaneName, BroadcastQueue>> {
  readonly intents: BroadcastQueue;
  readonly queries: BroadcastQueue;
  readonly userEvents: BroadcastQueue;
  /** The longest message that fits into a packet. */
  readonly maxLength: number;
  readonly #node: Omit<SerfNode, "lanes" | "memberlist">;
  readonly #memberCount: () => number;
  readonly #ticker: Ticker;

  /** @param memberCount tells how many members there are, in any status. */
  constructor(
    node: Omit<SerfNode, "lanes" | "memberlist">,
    maxLength: number,
    memberCount: () => number,
  ) {
    const { config: { eventBuffer, memberlist }, meter } = node;
    const lane = (options: QueueOptions = {}) =>
      new BroadcastQueue(memberlist.retransmitMult, memberCount, {
        maxLength,
        typeByte: messageType.user,
        sent: (length) => meter.sample("serf.msgs.sent", length),
        ...options,
      });
    this.#node = node;
    this.#ticker = new Ticker(
      node.clock,
      () => node.config.queueCheckInterval,
      () => this.check(),
    );
    this.#memberCount = memberCount;
    this.maxLength = maxLength;
    this.intents = lane();
    this.queries = lane();
    // Receivers drop an event that is too far behind the newest.
    const maxRepairs = memberlist.gossipTuning.repairShare * eventBuffer;
    this.userEvents = lane({ order: "oldest-first", maxRepairs });
  }

  /** All lanes, in the order in which they are sent. */
  get inOrder(): readonly BroadcastQueue[] {
    return [this.intents, this.queries, this.userEvents];
  }

  /** The longest that a lane may be after a check. */
  get limit(): number {
    const { maxQueueDepth, minQueueDepth } = this.#node.config;
    return minQueueDepth <= 0 ? maxQueueDepth : Math.max(minQueueDepth, 2 * this.#memberCount());
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
  }

  /** Queues a broadcast. Checks are far apart, and a storm is not: so twice the limit holds always. */
  add(name: LaneName, broadcast: Broadcast): void {
    const lane = this[name];
    lane.add(broadcast);
    if (lane.length > 2 * this.limit) this.#cut(name, this.limit, "storm");
  }

  /** Measures every lane once. */
  check(): void {
    const { clock, config, meter, observer } = this.#node;
    const limit = this.limit;
    for (const name of laneNames) {
      const label = labels[name];
      const depth = this[name].length;
      meter.sample(`serf.queue.${label}`, depth);
      if (depth >= config.queueDepthWarning) {
        observer?.note({ type: "queue-long", at: clock.now(), queue: label, depth });
      }
      if (depth > limit) this.#cut(name, limit, "check");
    }
  }

  #cut(name: LaneName, limit: number, during: "check" | "storm"): void {
    const { clock, observer } = this.#node;
    const queue = labels[name];
    const depth = this[name].length;
    observer?.note({ type: "queue-cut", at: clock.now(), queue, depth, limit, during });
    this[name].prune(limit);
  }
}
