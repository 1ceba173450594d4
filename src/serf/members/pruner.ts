/**
 * Forgets members on request, rather than keeping them as left (gossip.md section 21.7).
 *
 * A member that is only leaving may still refute, and must be able to tell
 * others that it goes; so it gets time. The reference stalls meanwhile. Here a
 * timer runs, and the member is forgotten only if it has left by then.
 */

import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { MemberBook } from "./member_book.ts";

/** What a pruner works with. */
export interface PrunerOptions {
  readonly clock: Clock;
  readonly book: MemberBook;
  /** How long a leaving member is given before it is looked at again. */
  readonly patience: Milliseconds;
  /** Ends the search for a member that is not in the book. */
  readonly dropLost: (name: string) => void;
}

/** Forgets members, at once or when they have left. */
export class Pruner {
  readonly #options: PrunerOptions;
  readonly #waiting = new Map<string, Timer>();

  constructor(options: PrunerOptions) {
    this.#options = options;
  }

  /** Forgets a member that left; one that is leaving, as soon as it has. */
  prune(name: string): void {
    const { book, clock, dropLost, patience } = this.#options;
    const member = book.get(name)?.member;
    if (!member) return dropLost(name);
    if (member.status === "left") {
      this.#stopWaiting(name);
      book.erase(name, `EventMemberReap (forced): ${name} ${member.address.host}`);
    } else if (member.status === "leaving") {
      if (this.#waiting.has(name)) return;
      this.#waiting.set(name, clock.after(patience, () => this.#lookAgain(name)));
    }
  }

  /** Gives up on all members that are still leaving. */
  stop(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }

  /** A member that stays after all, or that failed later on, is none to forget. */
  #lookAgain(name: string): void {
    this.#waiting.delete(name);
    this.prune(name);
  }

  #stopWaiting(name: string): void {
    this.#waiting.get(name)?.cancel();
    this.#waiting.delete(name);
  }
}
