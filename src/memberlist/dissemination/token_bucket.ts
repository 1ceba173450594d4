/** Tokens that are spent in bursts and come back steadily. */

import type { Milliseconds } from "../../ports/clock.ts";

/** How fast tokens come back: so many in each interval. */
export interface Refill {
  readonly tokens: number;
  readonly interval: Milliseconds;
}

/** A bucket of tokens, full at first. It may be overdrawn: that is made up for later. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #refill: Refill;
  /** As of `#since`. */
  #tokens: number;
  #since: Milliseconds = -Infinity;

  constructor(capacity: number, refill: Refill) {
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#refill = refill;
  }

  /** Spends tokens, whether they are there or not. */
  spend(now: Milliseconds, tokens: number): void {
    const grown = this.#tokens + this.#refill.tokens * (now - this.#since) / this.#refill.interval;
    this.#tokens = Math.min(grown, this.#capacity) - tokens;
    this.#since = now;
  }

  /** When so many tokens are in the bucket, if none is spent until then; perhaps in the past. */
  timeOf(tokens: number): Milliseconds {
    const missing = tokens - this.#tokens;
    if (missing <= 0) return -Infinity;
    return this.#since + missing * this.#refill.interval / this.#refill.tokens;
  }
}
