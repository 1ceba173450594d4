/**
 * Gathers events that come close together until it is quiet, so that an
 * application hears once of what happened many times (gossip.md section 29).
 *
 * The first event gathered starts one timer, every one restarts another; when
 * either fires, what is left of them is delivered.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { SerfEvent } from "./event.ts";

/** A coalescer that has gathered this many events waits no longer. */
export const maxGatheredEvents = 8192;

/** Keeps what matters of several events. */
export interface EventBatch {
  /** Takes an event into the batch; false if it is none of its kind. */
  add(event: SerfEvent): boolean;
  /** Empties the batch and returns what is to be delivered. */
  take(): SerfEvent[];
}

/** What a coalescer works with. */
export interface CoalescerOptions {
  readonly clock: Clock;
  readonly batch: EventBatch;
  /** The longest that an event waits. */
  readonly coalescePeriod: Milliseconds;
  /** An event waits no longer once none was gathered for this long. */
  readonly quiescentPeriod: Milliseconds;
  /** Hears what is left of gathered events, and at once all that are not gathered. */
  readonly emit: (event: SerfEvent) => void;
}

/** Holds events of one kind back for a while. */
export class Coalescer {
  readonly #options: CoalescerOptions;
  #gathered = 0;
  #quantum: Timer | undefined;
  #quiescence: Timer | undefined;

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  /** Gathers an event, or passes it on if it is of another kind. */
  receive(event: SerfEvent): void {
    const { batch, clock, coalescePeriod, emit, quiescentPeriod } = this.#options;
    if (!batch.add(event)) return emit(event);
    if (++this.#gathered >= maxGatheredEvents) return this.flush();

    this.#quantum ??= clock.after(coalescePeriod, () => this.flush());
    this.#quiescence?.cancel();
    this.#quiescence = clock.after(quiescentPeriod, () => this.flush());
  }

  /** Delivers what is gathered, now. */
  flush(): void {
    this.#quantum?.cancel();
    this.#quiescence?.cancel();
    this.#quantum = this.#quiescence = undefined;
    this.#gathered = 0;
    for (const event of this.#options.batch.take()) this.#options.emit(event);
  }
}
