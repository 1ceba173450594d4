/**
 * Going: the graceful leave of this node, step by step, and making others go
 * (gossip.md sections 22.2 and 22.3).
 *
 * Each step waits until other members heard, but never for long: a cluster that
 * does not listen must not keep a node from leaving.
 */

import type { BroadcastQueue } from "../memberlist/broadcast_queue.ts";
import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { done as success, failure, type Result } from "../ports/result.ts";
import type { Intents } from "./intents.ts";
import type { MemberBook } from "./member_book.ts";

/** What departures work with. */
export interface DepartureOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly book: MemberBook;
  readonly intents: Intents;
  readonly queue: BroadcastQueue;
  /** The own name. */
  readonly self: string;
  readonly broadcastTimeout: Milliseconds;
  readonly leavePropagateDelay: Milliseconds;
  /** Asks others whether they heard; `heard` runs if all did. Returns what ends the asking. */
  readonly checkHearing: (patience: Milliseconds, heard: () => void) => () => void;
  /** Takes note of the leave before anybody hears of it. */
  readonly recordLeave: () => void;
  /** Leaves the membership layer. */
  readonly leaveMembership: (
    timeout: Milliseconds,
    done: (result: Result<void>) => void,
  ) => void;
}

/** Leads this node out of the cluster, and others who cannot go by themselves. */
export class Departure {
  readonly #options: DepartureOptions;
  readonly #timers = new Set<Timer>();
  #progress: "alive" | "leaving" | "left" = "alive";

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** How far this node has got. */
  get progress(): "alive" | "leaving" | "left" {
    return this.#progress;
  }

  /** Leaves the cluster; fails only if that is under way already. */
  leave(done: (result: Result<void>) => void): void {
    if (this.#progress === "left") return done(success);
    if (this.#progress === "leaving") return done(failure("Leave already in progress"));

    this.#progress = "leaving";
    this.#options.recordLeave();
    const message = this.#options.intents.makeLeave(this.#options.self, false);
    const { broadcastTimeout, checkHearing } = this.#options;
    let stopAsking = () => {};
    const settle = this.#tell(message, (heard) => {
      stopAsking();
      if (!heard) this.#options.log.warn("timeout while waiting for graceful leave");
      this.#leaveMembership(done);
    });
    // Mostly all have heard long before the intent was told as often as it must be.
    if (settle) {
      stopAsking = checkHearing(broadcastTimeout, () => this.#after(0, () => settle(true)));
    }
  }

  /**
   * Tells everybody that another member is gone, known or not.
   *
   * Fails if nobody heard in time.
   */
  forceLeave(name: string, prune: boolean, done: (result: Result<void>) => void): void {
    this.#tell(this.#options.intents.makeLeave(name, prune), (heard) => {
      done(heard ? success : failure("timed out broadcasting node removal"));
    });
  }

  /** Abandons whatever waits; nothing is answered any more. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #leaveMembership(done: (result: Result<void>) => void): void {
    const { broadcastTimeout, leaveMembership, leavePropagateDelay, log } = this.#options;
    leaveMembership(broadcastTimeout, (result) => {
      if (!result.ok) log.warn(`timeout waiting for leave broadcast: ${result.error.message}`);

      // Staying a while answers probes, so that nobody takes the leave for a failure.
      this.#after(leavePropagateDelay, () => {
        this.#progress = "left";
        done(success);
      });
    });
  }

  /**
   * Broadcasts an intent; `done` learns whether it was told often enough, or to nobody.
   *
   * @returns what says so earlier; undefined if there is nobody to tell.
   */
  #tell(
    message: Uint8Array,
    done: (heard: boolean) => void,
  ): ((heard: boolean) => void) | undefined {
    const { book, broadcastTimeout, queue, self } = this.#options;
    if (!book.hasAliveOther(self)) {
      done(true);
      return undefined;
    }

    let settled = false;
    const settle = (heard: boolean) => {
      if (settled) return;
      settled = true;
      timer.cancel();
      this.#timers.delete(timer);
      done(heard);
    };
    const timer = this.#after(broadcastTimeout, () => settle(false));
    // The queue tells in the middle of filling a packet: too early for what comes next.
    queue.add({ message, finished: () => this.#after(0, () => settle(true)) });
    return settle;
  }

  #after(delay: Milliseconds, action: () => void): Timer {
    const timer = this.#options.clock.after(delay, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
    return timer;
  }
}
