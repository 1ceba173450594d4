/**
 * Time on Deno: one heap of timers and one `setTimeout` for the earliest of them.
 *
 * A large cluster keeps thousands of suspicions, probes and deadlines at once;
 * a runtime timer for each would cost ten times as much and fire in no fixed
 * order.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import { TimerQueue } from "../ports/timer_queue.ts";

/** The longest delay that the runtime's timers can wait. */
const longestDelay: Milliseconds = 0x7fff_ffff;
/** After this long, due actions wait so that sockets are read in between. */
const longestRun: Milliseconds = 4;

/** A `Clock` on the runtime's monotonic time. */
export class DenoClock implements Clock {
  readonly #queue = new TimerQueue();
  #armedFor: Milliseconds = Infinity;
  #timeout: ReturnType<typeof setTimeout> | undefined;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #isStopped = false;

  /** How many actions wait. */
  get pending(): number {
    return this.#queue.size;
  }

  now(): Milliseconds {
    return performance.now();
  }

  after(delay: Milliseconds, action: () => void): Timer {
    const deadline = performance.now() + Math.max(0, delay);
    const timer = this.#queue.add(deadline, action);
    if (delay <= 0) this.#runSoon();
    else if (deadline < this.#armedFor) this.#arm(deadline);
    return timer;
  }

  /** Calls everything off, for good: nothing runs any more, and the process may end. */
  stop(): void {
    this.#isStopped = true;
    this.#queue.clear();
    this.#disarm();
    clearImmediate(this.#immediate);
  }

  /**
   * Runs what is due as soon as this turn is over.
   *
   * The runtime's timers never fire in less than 2 ms, which is longer than a
   * message needs to cross a network.
   */
  #runSoon(): void {
    if (this.#isStopped) return;
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      this.#run();
    });
  }

  #arm(deadline: Milliseconds): void {
    this.#disarm();
    if (this.#isStopped) return;
    this.#armedFor = deadline;
    const delay = Math.ceil(Math.max(0, deadline - performance.now()));
    this.#timeout = setTimeout(() => {
      this.#disarm();
      this.#run();
    }, Math.min(delay, longestDelay));
  }

  #disarm(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
    this.#armedFor = Infinity;
  }

  #run(): void {
    const start = performance.now();
    // Booked actions that are due by now run in this loop; those that they book
    // for "at once" are due later than `start` and get a turn of their own.
    for (let now = start; now - start < longestRun; now = performance.now()) {
      const action = this.#queue.takeDue(start);
      if (!action) break;
      action();
    }
    const next = this.#queue.nextDeadline;
    if (next === undefined || next >= this.#armedFor) return;
    if (next <= performance.now()) this.#runSoon();
    else this.#arm(next);
  }
}
