/**
 * The graceful leave of this node, step by step, and forced leaves of others (gossip.md sections
 * 22.2 and 22.3).
 *
 * Each step waits for other members, but never for long: a cluster that does not listen must not
 * keep a node from leaving.
 */

import type { Milliseconds, Timer } from "../../ports/clock.ts";
import { done as success, failure, type Result } from "../../ports/result.ts";
import type { SerfNode } from "../node.ts";
import type { Intents } from "./intents.ts";
import type { MemberBook } from "./member_book.ts";

/** Asks others whether they know of a leave; runs `confirmed` if all do. Returns what stops it. */
export type ConfirmLeave = (patience: Milliseconds, confirmed: () => void) => () => void;

/** Takes this node out of the cluster, and others that cannot leave by themselves. */
export class Leave {
  readonly #node: SerfNode;
  readonly #book: MemberBook;
  readonly #intents: Intents;
  readonly #recordLeave: () => void;
  readonly #timers = new Set<Timer>();
  #progress: "alive" | "leaving" | "left" = "alive";

  /** @param recordLeave runs before any other member is told. */
  constructor(node: SerfNode, book: MemberBook, intents: Intents, recordLeave: () => void) {
    this.#node = node;
    this.#book = book;
    this.#intents = intents;
    this.#recordLeave = recordLeave;
  }

  /** How far this node has got. */
  get progress(): "alive" | "leaving" | "left" {
    return this.#progress;
  }

  /** Leaves the cluster; fails only if that is under way already. */
  leave(confirm: ConfirmLeave, done: (result: Result<void>) => void): void {
    if (this.#progress === "left") return done(success);
    if (this.#progress === "leaving") return done(failure("Leave already in progress"));

    this.#progress = "leaving";
    this.#recordLeave();
    const { config, log } = this.#node;
    let stopAsking = () => {};
    const settle = this.#tell(this.#intents.makeLeave(config.name, false), (wasSent) => {
      stopAsking();
      if (!wasSent) log.warn("timeout while waiting for graceful leave");
      this.#leaveMembership(done);
    });
    // Usually all know long before the intent was sent as often as it must be.
    if (settle) {
      stopAsking = confirm(config.broadcastTimeout, () => this.#after(0, () => settle(true)));
    }
  }

  /** Tells everybody that another member is gone, known or not. Fails if it was not sent in time. */
  forceLeave(name: string, prune: boolean, done: (result: Result<void>) => void): void {
    this.#tell(this.#intents.makeLeave(name, prune), (wasSent) => {
      done(wasSent ? success : failure("timed out broadcasting node removal"));
    });
  }

  /** Abandons what waits; no callback runs any more. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #leaveMembership(done: (result: Result<void>) => void): void {
    const { config, log, memberlist } = this.#node;
    memberlist.leave(config.broadcastTimeout, (result) => {
      if (!result.ok) log.warn(`timeout waiting for leave broadcast: ${result.error.message}`);

      // Staying a while answers probes, so that nobody takes the leave for a failure.
      this.#after(config.leavePropagateDelay, () => {
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
    done: (wasSent: boolean) => void,
  ): ((wasSent: boolean) => void) | undefined {
    if (this.#book.aliveOthers().length === 0) {
      done(true);
      return undefined;
    }

    let settled = false;
    const settle = (wasSent: boolean) => {
      if (settled) return;
      settled = true;
      timer.cancel();
      this.#timers.delete(timer);
      done(wasSent);
    };
    const { config, lanes } = this.#node;
    const timer = this.#after(config.broadcastTimeout, () => settle(false));
    // `finished` runs while a packet is being filled: too early for the next step.
    lanes.intents.add({ message, finished: () => this.#after(0, () => settle(true)) });
    return settle;
  }

  #after(delay: Milliseconds, action: () => void): Timer {
    const timer = this.#node.clock.after(delay, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
    return timer;
  }
}
