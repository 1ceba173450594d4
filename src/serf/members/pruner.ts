/**
 * Forgets members on request, rather than keeping them as left (gossip.md section 21.7).
 *
 * A member that is only leaving may still refute, so it gets time. Parity: the reference stalls
 * meanwhile; here the member is forgotten only if it has left by then.
 */

import type { Timer } from "../../ports/clock.ts";
import type { SerfNode } from "../node.ts";
import type { MemberBook } from "./member_book.ts";
import type { Seeker } from "./seeker.ts";

/** Forgets members, at once or when they have left. */
export class Pruner {
  readonly #node: SerfNode;
  readonly #book: MemberBook;
  readonly #seeker: Pick<Seeker, "drop">;
  readonly #waiting = new Map<string, Timer>();

  constructor(node: SerfNode, book: MemberBook, seeker: Pick<Seeker, "drop">) {
    this.#node = node;
    this.#book = book;
    this.#seeker = seeker;
  }

  /**
   * Forgets a member that left; one that is leaving, as soon as it has.
   *
   * One that is not in the book is not looked for any more.
   */
  prune(name: string): void {
    const member = this.#book.member(name);
    if (!member) return this.#seeker.drop(name);
    if (member.status === "left") {
      this.#waiting.get(name)?.cancel();
      this.#waiting.delete(name);
      this.#book.erase(name, "pruned");
    } else if (member.status === "leaving" && !this.#waiting.has(name)) {
      const { clock, config: { broadcastTimeout, leavePropagateDelay } } = this.#node;
      const lookAgain = () => {
        this.#waiting.delete(name);
        this.prune(name);
      };
      this.#waiting.set(name, clock.after(broadcastTimeout + leavePropagateDelay, lookAgain));
    }
  }

  /** Gives up on all members that are still leaving. */
  stop(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }
}
