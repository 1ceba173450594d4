/**
 * Lets user events in only as fast as the cluster can be told of them.
 *
 * Members drop an event that is too many Lamport times behind the newest, and
 * each event takes one. If many more waited to be told than members remember,
 * the oldest would be lost, although they were accepted. So whoever fires events
 * faster than they spread has to wait, and nothing accepted is lost.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";

/** Whether there is room is asked again this often, in case everybody has gone meanwhile. */
export const recheckInterval: Milliseconds = 1000;

/** What admission works with. */
export interface EventAdmissionOptions {
  readonly clock: Clock;
  /** How many Lamport times back members remember events. */
  readonly buffer: number;
  /** Which share of that may wait; see `GossipTuning`. */
  readonly share: number;
  /** How many events wait to be told. */
  readonly waiting: () => number;
  /** Whether there is anybody to tell. */
  readonly hasCompany: () => boolean;
}

/** Makes those who fire events wait their turn. */
export class EventAdmission {
  readonly #options: EventAdmissionOptions;
  #queue: (() => void)[] = [];
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: EventAdmissionOptions) {
    this.#options = options;
  }

  /** How many wait for room. */
  get length(): number {
    return this.#queue.length;
  }

  /** Runs `enter` when one more event finds room: at once if nobody waits and there is some. */
  request(enter: () => void): void {
    if (this.#queue.length === 0 && this.#hasRoom()) return enter();
    this.#queue.push(enter);
    this.#book(recheckInterval);
  }

  /** Hears that events were told, so that there may be room once this turn is over. */
  notice(): void {
    if (this.#queue.length === 0 || !this.#hasRoom()) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#book(0);
  }

  /** Lets everybody go, because nothing will be told any more. */
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

  /** Each that enters fires its event at once, so that the next is judged by what waits then. */
  #admit(): void {
    while (this.#queue.length > 0 && this.#hasRoom()) this.#queue.shift()!();
    if (this.#queue.length > 0) this.#book(recheckInterval);
    else {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  }
}
