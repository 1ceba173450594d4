/**
 * Warns of dropped records, at most once a second however many there are.
 *
 * Parity: the reference warns once for each, and a warning that reaches the log
 * of the very client that is too slow brings the next one about. Here the count
 * is told with the warning, and whoever is affected can tell when it is spoken.
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

  /** `warn` gets the number of drops since it ran last. */
  constructor(clock: Clock, warn: (dropped: number) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /** Whether the warning is being given right now, so that it can be kept from its cause. */
  get isWarning(): boolean {
    return this.#isWarning;
  }

  /** Counts one drop. The first is told at once, those that follow within a second together. */
  count(): void {
    this.#unreported++;
    if (!this.#timer) this.#report();
  }

  /** Tells what was not told yet, and ends. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#unreported > 0) this.#tell();
  }

  #report(): void {
    this.#timer = undefined;
    if (this.#unreported === 0) return;
    this.#tell();
    this.#timer = this.#clock.after(warningInterval, () => this.#report());
  }

  #tell(): void {
    const dropped = this.#unreported;
    this.#unreported = 0;
    this.#isWarning = true;
    try {
      this.#warn(dropped);
    } finally {
      this.#isWarning = false;
    }
  }
}
