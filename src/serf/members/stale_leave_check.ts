/**
 * Asks members that have been leaving for too long whether they really leave.
 *
 * A leave intent may reach some members and never the one it is about: it was made
 * in another part of a partitioned network, or about a forgotten member. Those
 * members would show it as leaving for ever, and as left when it fails. The question
 * is the intent itself, sent to that member alone with a new Lamport time: a member
 * that stays refutes it, as every peer does, and all hear of that.
 */

import type { Address } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Intents } from "./intents.ts";
import type { MemberBook } from "./member_book.ts";

export interface StaleLeaveCheckOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly book: MemberBook;
  readonly intents: Intents;
  /** The own name: this node knows whether it leaves. */
  readonly self: string;
  /** The longest that a graceful leave takes. */
  readonly patience: Milliseconds;
  /** Sends a message straight to an address. */
  readonly send: (to: Address, message: Uint8Array) => void;
}

/** Looks for members whose leave does not end, again and again. */
export class StaleLeaveCheck {
  readonly #options: StaleLeaveCheckOptions;
  #timer: Timer | undefined;
  /** The members that were leaving at the last check. */
  #leaving = new Set<string>();

  constructor(options: StaleLeaveCheckOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, patience } = this.#options;
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
    const { book, intents, log, self, send } = this.#options;
    const leaving = new Set<string>();
    for (const { member } of book.records()) {
      if (member.status !== "leaving" || member.name === self) continue;
      leaving.add(member.name);
      if (!this.#leaving.has(member.name)) continue;
      log.debug(`asking ${member.name} whether it leaves`);
      send(member.address, intents.askToLeave(member.name));
    }
    this.#leaving = leaving;
  }
}
