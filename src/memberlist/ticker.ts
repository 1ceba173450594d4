/**
 * A periodic action in a phase of its own.
 *
 * The first run comes after a random part of the interval, so that nodes that
 * start together do not act in step. Later runs keep that phase: time lost in
 * one turn does not delay all that follow.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

/** Runs an action again and again until it is stopped. */
export class Ticker {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #interval: () => Milliseconds;
  readonly #action: () => void;
  #timer: Timer | undefined;
  #due: Milliseconds = 0;

  /** `interval` is asked anew after each run, because some follow the cluster's size. */
  constructor(clock: Clock, random: Random, interval: () => Milliseconds, action: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#interval = interval;
    this.#action = action;
  }

  /** Starts; an interval of 0 means never. */
  start(): void {
    if (this.#timer || this.#interval() <= 0) return;
    this.#due = this.#clock.now() + this.#random.uniform() * this.#interval();
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
