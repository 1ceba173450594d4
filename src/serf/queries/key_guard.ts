/**
 * Tells recorded key queries from those of now.
 *
 * A node that restarts without a snapshot knows no query: an old one, sent again without the
 * key, could make an old key the primary one. So it obeys none from before it came: it learns
 * how late it is from the first member that it asks, which nobody else can answer for. Only the
 * very last query of before counts: to repeat that changes nothing.
 */

import type { LamportTime } from "../lamport_clock.ts";
import type { SerfNode } from "../node.ts";

/** More key queries than this do not wait until this node knows how late it is. */
export const maxWaitingKeyQueries = 16;

/** Judges key queries by their time. */
export class KeyGuard {
  readonly #node: SerfNode;
  #notBefore: LamportTime | undefined;
  #waiting: (() => void)[] = [];

  constructor(node: SerfNode) {
    this.#node = node;
  }

  /** Takes the time that the next query will have, from a member that this node asked. */
  learn(queryTime: LamportTime): void {
    this.#notBefore ??= queryTime - 1;
    this.#judgeAll();
  }

  /** Says whether a query of another member is of now: at once, or after asking a member. */
  judge(ltime: LamportTime, verdict: (isOfNow: boolean) => void): void {
    const isWaiting = this.#notBefore === undefined;
    if (isWaiting && this.#waiting.length >= maxWaitingKeyQueries) return verdict(false);
    this.#waiting.push(() => verdict(ltime >= (this.#notBefore ?? Infinity)));
    if (!isWaiting) this.#judgeAll();
    else if (this.#waiting.length === 1) this.#askAnyMember();
  }

  #askAnyMember(): void {
    const { config, memberlist } = this.#node;
    const [peer] = memberlist.randomMembers(
      1,
      ({ name, state }) => state === "alive" && name !== config.name,
    );
    if (peer) memberlist.exchange(peer.address, () => this.#judgeAll());
    else this.#judgeAll();
  }

  #judgeAll(): void {
    for (const judge of this.#waiting.splice(0)) judge();
  }
}
