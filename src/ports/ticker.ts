/** An action that is repeated at intervals. */

import type { Clock, Milliseconds, Timer } from "./clock.ts";

/** Runs an action again and again until it is stopped. */
export class Ticker {
  readonly #clock: Clock;
  readonly #interval: () => Milliseconds;
  readonly #action: () => void;
  #timer: Timer | undefined;
  #due: Milliseconds = 0;

  /** `interval` is asked anew before each run, because some follow the cluster's size. */
  constructor(clock: Clock, interval: () => Milliseconds, action: () => void) {
    this.#clock = clock;
    this.#interval = interval;
    this.#action = action;
  }

  /**
   * Starts; an interval of 0 means never.
   *
   * Runs keep their phase: time lost in one turn does not delay all that follow.
   *
   * @param phase the share of an interval before the first run. A random one keeps nodes
   *   that start together from acting in step.
   */
  start(phase = 1): void {
    if (this.#timer || this.#interval() <= 0) return;
    this.#due = this.#clock.now() + phase * this.#interval();
    this.#book();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #book(): void {
    this.#timer = this.#clock.after(this.#due - this.#clock.now(), () => {
      // Runs that were missed altogether are not made up for.
      this.#due = Math.max(this.#due, this.#clock.now() - this.#interval()) + this.#interval();
      this.#book();
      this.#action();
    });
  }
}
