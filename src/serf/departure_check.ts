/**
 * Asks members that have been leaving for too long whether they really go.
 *
 * An intent to leave may reach some members and never the one it is about: it was
 * made in another part of a broken network, or about somebody forgotten. Those
 * members would take it for leaving ever after, and for one that left when it
 * fails. The question is the intent itself, sent to the member alone with a time
 * of its own: whoever stays refutes it, as every peer does, and all hear of that.
 */

import type { Address } from "../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Intents } from "./intents.ts";
import type { MemberBook } from "./member_book.ts";

/** What a check works with. */
export interface DepartureCheckOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly book: MemberBook;
  readonly intents: Intents;
  /** The own name: whether this node goes, it knows itself. */
  readonly self: string;
  /** The longest that a graceful leave takes. */
  readonly patience: Milliseconds;
  /** Sends a message straight to an address. */
  readonly send: (to: Address, message: Uint8Array) => void;
}

/** Looks for members that linger, again and again. */
export class DepartureCheck {
  readonly #options: DepartureCheckOptions;
  #timer: Timer | undefined;
  /** Who was leaving when it was looked last. */
  #leaving = new Set<string>();

  constructor(options: DepartureCheckOptions) {
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

  /** Asks everybody who was leaving at the last check and still is. */
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
