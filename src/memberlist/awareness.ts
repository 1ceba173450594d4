/**
 * How well this node itself is doing, as far as it can tell (Lifeguard, section IV-A).
 *
 * A node whose probes fail for lack of acks and nacks is likely the one that is
 * slow or cut off. The worse its score, the more time it gives its peers.
 */

import type { Milliseconds } from "../ports/clock.ts";

/** The local health score: 0 is healthy, larger is worse. */
export class Awareness {
  readonly #limit: number;
  #score = 0;

  /** Scores stay below `maxMultiplier`. */
  constructor(maxMultiplier: number) {
    this.#limit = maxMultiplier - 1;
  }

  get score(): number {
    return this.#score;
  }

  /** Adds to the score; negative is an improvement. */
  change(delta: number): void {
    this.#score = Math.min(Math.max(0, this.#score + delta), this.#limit);
  }

  /** Stretches an interval by the score. */
  stretch(interval: Milliseconds): Milliseconds {
    return interval * (this.#score + 1);
  }
}
