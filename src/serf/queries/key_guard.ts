/**
 * Tells recorded key queries from those of now.
 *
 * A node that restarts without a snapshot knows no query, so somebody without the
 * key could send it an old one again, and make an old key the primary one. What
 * was asked before this node came is therefore not obeyed: it learns how late it
 * is from the first member that it asks, which nobody else can answer for. Only
 * the very last query of before counts: to repeat that changes nothing.
 */

import type { Result } from "../../ports/result.ts";
import type { LamportTime } from "../lamport_clock.ts";

/** More key queries than this do not wait until this node knows how late it is. */
export const maxWaitingKeyQueries = 16;

/** Judges key queries by their time. */
export class KeyGuard {
  readonly #exchange: (done: (result: Result<void>) => void) => void;
  #notBefore: LamportTime | undefined;
  #waiting: (() => void)[] = [];

  /** @param exchange exchanges states with any other member; fails if there is none. */
  constructor(exchange: (done: (result: Result<void>) => void) => void) {
    this.#exchange = exchange;
  }

  /** Hears the time that the next query will have, from a member that this node asked. */
  learn(queryTime: LamportTime): void {
    this.#notBefore ??= queryTime - 1;
    this.#judgeAll();
  }

  /** Says whether a query of another member is of now: at once, or after asking a member. */
  judge(ltime: LamportTime, verdict: (isOfNow: boolean) => void): void {
    const isWaiting = this.#notBefore === undefined;
    if (isWaiting && this.#waiting.length >= maxWaitingKeyQueries) return verdict(false);
    this.#waiting.push(() => verdict(ltime >= (this.#notBefore ?? Infinity)));
    if (!isWaiting) return this.#judgeAll();
    if (this.#waiting.length === 1) this.#exchange(() => this.#judgeAll());
  }

  #judgeAll(): void {
    for (const judge of this.#waiting.splice(0)) judge();
  }
}
