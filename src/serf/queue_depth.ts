/**
 * Keeps an eye on how much waits to be gossiped (gossip.md section 33).
 *
 * A long queue means that messages come faster than they can be sent. Beyond the limit
 * those sent most are dropped, so that a storm costs repairs and not memory.
 */

import type { BroadcastQueue } from "../memberlist/broadcasts/broadcast_queue.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { SerfConfig } from "./config.ts";

/** The settings that depth control follows. */
export type QueueDepthSettings = Pick<
  SerfConfig,
  "queueCheckInterval" | "queueDepthWarning" | "maxQueueDepth" | "minQueueDepth"
>;

export interface QueueDepthOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly settings: QueueDepthSettings;
  /** The queues by the names that logs and meters call them. */
  readonly queues: Readonly<Record<string, BroadcastQueue>>;
  /** How many members there are, in any status. */
  readonly memberCount: () => number;
}

/** Measures queues regularly and prunes those that are too long. */
export class QueueDepthControl {
  readonly #options: QueueDepthOptions;
  #timer: Timer | undefined;

  constructor(options: QueueDepthOptions) {
    this.#options = options;
  }

  /** The longest that a queue may be after a check. */
  get limit(): number {
    const { settings, memberCount } = this.#options;
    if (settings.minQueueDepth <= 0) return settings.maxQueueDepth;
    return Math.max(settings.minQueueDepth, 2 * memberCount());
  }

  start(): void {
    const { clock, settings } = this.#options;
    this.#timer = clock.after(settings.queueCheckInterval, () => {
      this.check();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Measures every queue once. */
  check(): void {
    const { log, meter, queues, settings } = this.#options;
    const limit = this.limit;
    for (const [name, queue] of Object.entries(queues)) {
      const depth = queue.length;
      meter.sample(`serf.queue.${name}`, depth);
      if (depth >= settings.queueDepthWarning) log.warn(`${name} queue depth: ${depth}`);
      if (depth <= limit) continue;

      log.warn(`${name} queue depth ${depth} exceeds limit ${limit}, dropping messages`);
      queue.prune(limit);
    }
  }

  /**
   * Prunes a queue that outgrew twice its limit, before the next check is due.
   *
   * To be called after each addition: checks are far apart, and a storm is not.
   */
  contain(queue: BroadcastQueue): void {
    if (queue.length > 2 * this.limit) queue.prune(this.limit);
  }
}
