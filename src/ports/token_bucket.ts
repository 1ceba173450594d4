/** What may be used up in bursts and comes back steadily, whatever it is counted in. */

import type { Milliseconds } from "./clock.ts";

/** A bucket of tokens, full at first. It may be overdrawn: that is made up for later. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #interval: Milliseconds;
  readonly #refill: number;
  /** As of `#since`. */
  #tokens: number;
  #since: Milliseconds = -Infinity;

  /** @param refill how many tokens come back in each `interval`; all by default. */
  constructor(capacity: number, interval: Milliseconds, refill: number = capacity) {
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#interval = interval;
    this.#refill = refill;
  }

  /** Whether any token is left; then more than that may be spent. */
  hasTokens(now: Milliseconds): boolean {
    this.spend(now, 0);
    return this.#tokens > 0;
  }

  /** Spends tokens, whether they are there or not. */
  spend(now: Milliseconds, tokens: number): void {
    // A clock that is set back takes nothing away.
    const passed = Math.max(0, now - this.#since);
    const grown = this.#tokens + this.#refill * passed / this.#interval;
    this.#tokens = Math.min(grown, this.#capacity) - tokens;
    this.#since = now;
  }

  /** When the bucket will hold `tokens`, if none is spent until then; perhaps in the past. */
  timeOf(tokens: number): Milliseconds {
    const missing = tokens - this.#tokens;
    if (missing <= 0) return -Infinity;
    return this.#since + missing * this.#interval / this.#refill;
  }
}
