/**
 * Virtual time: moves only when told to, and then as fast as the processor can.
 *
 * All nodes of a simulation share one clock, so their turns happen in one total
 * order, which the seed alone decides.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import { TimerQueue } from "../ports/timer_queue.ts";

/** A `Clock` on virtual time. */
export class SimClock implements Clock {
  #now: Milliseconds;
  readonly #timers = new TimerQueue();
  #turns = 0;

  constructor(start: Milliseconds = 0) {
    this.#now = start;
  }

  /** How many actions have run so far. */
  get turns(): number {
    return this.#turns;
  }

  /** How many actions wait. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): Milliseconds {
    return this.#now;
  }

  after(delay: Milliseconds, action: () => void): Timer {
    return this.#timers.add(this.#now + Math.max(0, delay), action);
  }

  /** Runs the earliest action due until `limit`; false if there is none. */
  step(limit: Milliseconds = Infinity): boolean {
    const deadline = this.#timers.nextDeadline;
    if (deadline === undefined || deadline > limit) return false;

    this.#now = Math.max(this.#now, deadline);
    this.#turns++;
    this.#timers.takeDue(this.#now)?.();
    return true;
  }

  /** Lets `duration` pass, running all that falls due. */
  advance(duration: Milliseconds): void {
    const end = this.#now + duration;
    while (this.step(end));
    this.#now = end;
  }

  /**
   * Lets time pass until `condition` holds, at most `limit`.
   *
   * @returns whether it held; it is asked after every action, so the moment is exact.
   */
  advanceUntil(condition: () => boolean, limit: Milliseconds): boolean {
    const end = this.#now + limit;
    if (condition()) return true;
    while (this.step(end)) {
      if (condition()) return true;
    }
    this.#now = end;
    return false;
  }
}
