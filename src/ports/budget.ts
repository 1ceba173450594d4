/** What others may cost a node in a span of time, whatever it is counted in. */

import type { Clock, Milliseconds } from "./clock.ts";

/** An amount that may be spent at once, and that comes back steadily. */
export class Budget {
  readonly #clock: Pick<Clock, "now">;
  readonly #size: number;
  readonly #interval: Milliseconds;
  #left: number;
  #since: Milliseconds;

  /** @param interval after which it is whole again when all was spent. */
  constructor(clock: Pick<Clock, "now">, size: number, interval: Milliseconds) {
    this.#clock = clock;
    this.#size = size;
    this.#interval = interval;
    this.#left = size;
    this.#since = clock.now();
  }

  /** Whether something is left. Who is told so may spend more than that: it is made up for later. */
  hasRoom(): boolean {
    const now = this.#clock.now();
    const gained = Math.max(0, now - this.#since) * this.#size / this.#interval;
    this.#left = Math.min(this.#size, this.#left + gained);
    this.#since = now;
    return this.#left > 0;
  }

  spend(amount: number): void {
    this.#left -= amount;
  }
}
