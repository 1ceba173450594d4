/**
 * Accepts user events only as fast as the cluster can receive them.
 *
 * Members drop an event that is too many Lamport times behind the newest, and each
 * event takes one time. If more events waited than members remember, the oldest would
 * be lost although they were accepted. So a caller that fires events faster than they
 * spread has to wait, and nothing accepted is lost.
 */

import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";

/** How often room is looked for again, in case all other members have gone meanwhile. */
export const recheckInterval: Milliseconds = 1000;

export interface EventBackpressureOptions {
  readonly clock: Clock;
  /** How many Lamport times back members remember events. */
  readonly buffer: number;
  /** The share of that which may wait; see `GossipTuning`. */
  readonly share: number;
  /** How many events wait to be sent. */
  readonly waiting: () => number;
  /** Whether there is any other member. */
  readonly hasCompany: () => boolean;
}

/** Makes callers that fire events wait their turn. */
export class EventBackpressure {
  readonly #options: EventBackpressureOptions;
  #queue: (() => void)[] = [];
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: EventBackpressureOptions) {
    this.#options = options;
  }

  /** How many callers wait for room. */
  get length(): number {
    return this.#queue.length;
  }

  /** Runs `enter` when there is room for one more event: at once if there is and nobody waits. */
  request(enter: () => void): void {
    if (this.#queue.length === 0 && this.#hasRoom()) return enter();
    this.#queue.push(enter);
    this.#book(recheckInterval);
  }

  /** Notes that events were sent, so that there may be room once this turn is over. */
  notice(): void {
    if (this.#queue.length === 0 || !this.#hasRoom()) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#book(0);
  }

  /** Lets all callers go on, because nothing will be sent any more. */
  stop(): void {
    this.#isStopped = true;
    this.#admit();
  }

  #hasRoom(): boolean {
    const { buffer, hasCompany, share, waiting } = this.#options;
    return this.#isStopped || waiting() < share * buffer || !hasCompany();
  }

  #book(delay: Milliseconds): void {
    this.#timer ??= this.#options.clock.after(delay, () => {
      this.#timer = undefined;
      this.#admit();
    });
  }

  /** Each caller fires its event at once, so that the next is judged by what waits then. */
  #admit(): void {
    while (this.#queue.length > 0 && this.#hasRoom()) this.#queue.shift()!();
    if (this.#queue.length > 0) this.#book(recheckInterval);
    else {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  }
}
