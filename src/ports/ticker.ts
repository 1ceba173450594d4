/** An action that is repeated at intervals. */

import type { Clock, Milliseconds, Timer } from "./clock.ts";
import type { Random } from "./random.ts";

export class Ticker {
  readonly #clock: Clock;
  readonly #interval: () => Milliseconds;
  readonly #action: (late: Milliseconds) => void;
  readonly #random: Random | undefined;
  #timer: Timer | undefined;
  #due: Milliseconds = 0;

  /**
   * @param interval is asked anew before each run, because some follow the cluster's size.
   * @param action gets how late it runs: much, if the process did not run meanwhile.
   * @param random makes the first run come after a random part of the interval, so that nodes
   *   that start together do not act in step; without it, after all of the interval.
   */
  constructor(
    clock: Clock,
    interval: () => Milliseconds,
    action: (late: Milliseconds) => void,
    random?: Random,
  ) {
    this.#clock = clock;
    this.#interval = interval;
    this.#action = action;
    this.#random = random;
  }

  /**
   * Starts; an interval of 0 means never.
   *
   * Runs keep their phase: time lost in one turn does not delay all that follow.
   */
  start(): void {
    if (this.#timer || this.#interval() <= 0) return;
    this.#due = this.#clock.now() + (this.#random?.uniform() ?? 1) * this.#interval();
    this.#book();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #book(): void {
    this.#timer = this.#clock.after(this.#due - this.#clock.now(), () => {
      const late = this.#clock.now() - this.#due;
      // Runs that were missed altogether are not made up for.
      this.#due = Math.max(this.#due, this.#clock.now() - this.#interval()) + this.#interval();
      this.#book();
      this.#action(late);
    });
  }
}
