/**
 * The graceful leave of this node, step by step, and forced leaves of others
 * (gossip.md sections 22.2 and 22.3).
 *
 * Each step waits until other members have heard, but never for long: a cluster
 * that does not listen must not keep a node from leaving.
 */

import type { BroadcastQueue } from "../../memberlist/broadcasts/broadcast_queue.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { done as success, failure, type Result } from "../../ports/result.ts";
import type { Intents } from "./intents.ts";
import type { MemberBook } from "./member_book.ts";

export interface LeaveOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly book: MemberBook;
  readonly intents: Intents;
  readonly queue: BroadcastQueue;
  /** The own name. */
  readonly self: string;
  readonly broadcastTimeout: Milliseconds;
  readonly leavePropagateDelay: Milliseconds;
  /** Asks others whether they heard; `heard` runs if all did. Returns a function that stops it. */
  readonly confirmLeave: (patience: Milliseconds, heard: () => void) => () => void;
  /** Records the leave before any other member hears of it. */
  readonly recordLeave: () => void;
  /** Leaves the membership layer. */
  readonly leaveMembership: (
    timeout: Milliseconds,
    done: (result: Result<void>) => void,
  ) => void;
}

/** Takes this node out of the cluster, and others that cannot leave by themselves. */
export class Leave {
  readonly #options: LeaveOptions;
  readonly #timers = new Set<Timer>();
  #progress: "alive" | "leaving" | "left" = "alive";

  constructor(options: LeaveOptions) {
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
    const { broadcastTimeout, confirmLeave } = this.#options;
    let stopAsking = () => {};
    const settle = this.#tell(message, (heard) => {
      stopAsking();
      if (!heard) this.#options.log.warn("timeout while waiting for graceful leave");
      this.#leaveMembership(done);
    });
    // Usually all have heard long before the intent was sent as often as it must be.
    if (settle) {
      stopAsking = confirmLeave(broadcastTimeout, () => this.#after(0, () => settle(true)));
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

  /** Abandons what waits; no callback runs any more. */
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
   * Broadcasts an intent; `done` gets true once it was sent often enough, or if nobody is there.
   *
   * @returns a function that ends the wait early; undefined if nobody is there.
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
    // `finished` runs while a packet is being filled: too early for the next step.
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
