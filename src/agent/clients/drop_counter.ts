/**
 * Warns of drops at most once a second, with their number.
 *
 * Parity: the reference warns of each one. Where the warning goes to the very client
 * that is too slow, each would bring about the next.
 */

import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";

const warningInterval: Milliseconds = 1000;

/** Counts drops of one queue and warns of them. */
export class DropCounter {
  readonly #clock: Clock;
  readonly #warn: (dropped: number) => void;
  #unreported = 0;
  #isWarning = false;
  #timer: Timer | undefined;

  /** `warn` gets the number of drops since the last warning. */
  constructor(clock: Clock, warn: (dropped: number) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /** Whether `warn` is running, so that a warning can be kept from its cause. */
  get isWarning(): boolean {
    return this.#isWarning;
  }

  /** Counts one drop. The first is reported at once, those within the next second together. */
  count(): void {
    this.#unreported++;
    if (!this.#timer) this.#report();
  }

  /** Reports the rest, and ends. */
  stop(): void {
    this.#report();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #report(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const dropped = this.#unreported;
    if (dropped === 0) return;
    this.#timer = this.#clock.after(warningInterval, () => this.#report());
    this.#unreported = 0;
    this.#isWarning = true;
    try {
      this.#warn(dropped);
    } finally {
      this.#isWarning = false;
    }
  }
}
