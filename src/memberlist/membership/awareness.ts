/**
 * How well this node itself is doing, as far as it can tell (Lifeguard, section IV-A).
 *
 * A node whose probes fail for lack of acks and nacks is likely the one that is
 * slow or cut off. The worse its score, the more time it gives its peers.
 */

import type { Milliseconds } from "../../ports/clock.ts";

/** The local health score: 0 is healthy, larger is worse. */
export class Awareness {
  readonly #limit: number;
  readonly #changed: (score: number) => void;
  #score = 0;

  /** Scores stay below `maxMultiplier`; `changed` runs for each new one. */
  constructor(maxMultiplier: number, changed: (score: number) => void = () => {}) {
    this.#limit = maxMultiplier - 1;
    this.#changed = changed;
  }

  get score(): number {
    return this.#score;
  }

  change(delta: number): void {
    const before = this.#score;
    this.#score = Math.min(Math.max(0, before + delta), this.#limit);
    if (this.#score !== before) this.#changed(this.#score);
  }

  stretch(interval: Milliseconds): Milliseconds {
    return interval * (this.#score + 1);
  }
}
