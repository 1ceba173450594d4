/**
 * Asks members that have been leaving for too long whether they really leave.
 *
 * A leave intent from another part of a partitioned network may never reach the member it is
 * about, which would be shown as leaving for ever. The question is the intent itself, with a new
 * Lamport time, sent to that member alone: one that stays refutes it, as every peer does.
 */

import { Ticker } from "../../ports/ticker.ts";
import type { SerfNode } from "../node.ts";
import type { Intents } from "./intents.ts";
import type { MemberBook } from "./member_book.ts";

/** Looks for members whose leave does not end, again and again. */
export class StaleLeaveCheck {
  readonly #node: SerfNode;
  readonly #book: MemberBook;
  readonly #intents: Intents;
  readonly #ticker: Ticker;
  /** The members that were leaving at the last check. */
  #leaving = new Set<string>();

  constructor(node: SerfNode, book: MemberBook, intents: Intents) {
    const { broadcastTimeout, leavePropagateDelay } = node.config;
    // The longest that a graceful leave takes.
    const patience = 2 * broadcastTimeout + leavePropagateDelay;
    this.#node = node;
    this.#book = book;
    this.#intents = intents;
    this.#ticker = new Ticker(node.clock, () => patience, () => this.check());
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
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
