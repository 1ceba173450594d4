/**
 * Time for the limits of a client, which hardly ever run out.
 *
 * The runtime's timers take longer to load than a short command to run; abort signals do
 * not. A signal cannot be called off, so one serves all limits, and checks which of them
 * still hold when it fires. It does not keep a program from ending.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import { TimerQueue } from "../ports/timer_queue.ts";

/** The longest delay that the runtime's signals can wait. */
const longestDelay: Milliseconds = 0x7fff_ffff;

/** A clock on signals. */
export class LimitClock implements Clock {
  readonly #queue = new TimerQueue();
  #armedFor: Milliseconds = Infinity;

  now(): Milliseconds {
    return performance.now();
  }

  after(delay: Milliseconds, action: () => void): Timer {
    const deadline = performance.now() + Math.max(0, delay);
    const timer = this.#queue.add(deadline, action);
    if (deadline < this.#armedFor) this.#arm(deadline);
    return timer;
  }

  #arm(deadline: Milliseconds): void {
    this.#armedFor = deadline;
    const delay = Math.ceil(Math.max(0, deadline - performance.now()));
    const signal = AbortSignal.timeout(Math.min(delay, longestDelay));
    signal.addEventListener("abort", () => {
      // A signal with an earlier deadline may have taken its place.
      if (this.#armedFor === deadline) this.#run();
    });
  }

  #run(): void {
    this.#armedFor = Infinity;
    const now = performance.now();
    for (let action = this.#queue.takeDue(now); action; action = this.#queue.takeDue(now)) action();
    const next = this.#queue.nextDeadline;
    if (next !== undefined && next < this.#armedFor) this.#arm(next);
  }
}

/** The clock of all clients. */
export const limitClock: Clock = new LimitClock();
