/**
 * Asks members that have been leaving for too long whether they really leave.
 *
 * A leave intent from another part of a partitioned network may never reach the member it is
 * about, which would be shown as leaving for ever. The question is the intent itself, with a new
 * Lamport time, sent to that member alone: one that stays refutes it, as every peer does.
 */

import type { Timer } from "../../ports/clock.ts";
import type { SerfNode } from "../node.ts";
import type { Intents } from "./intents.ts";
import type { MemberBook } from "./member_book.ts";

/** Looks for members whose leave does not end, again and again. */
export class StaleLeaveCheck {
  readonly #node: SerfNode;
  readonly #book: MemberBook;
  readonly #intents: Intents;
  #timer: Timer | undefined;
  /** The members that were leaving at the last check. */
  #leaving = new Set<string>();

  constructor(node: SerfNode, book: MemberBook, intents: Intents) {
    this.#node = node;
    this.#book = book;
    this.#intents = intents;
  }

  start(): void {
    const { clock, config: { broadcastTimeout, leavePropagateDelay } } = this.#node;
    // The longest that a graceful leave takes.
    const patience = 2 * broadcastTimeout + leavePropagateDelay;
    this.#timer = clock.after(patience, () => {
      this.check();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Asks every member that was leaving at the last check and still is. */
  check(): void {
    const { config, log, memberlist } = this.#node;
    const leaving = new Set<string>();
    for (const { name, status, address } of this.#book.members()) {
      if (status !== "leaving" || name === config.name) continue;
      leaving.add(name);
      if (!this.#leaving.has(name)) continue;
      log.debug(`asking ${name} whether it leaves`);
      memberlist.sendUserMessage(address, this.#intents.askToLeave(name));
    }
    this.#leaving = leaving;
  }
}
