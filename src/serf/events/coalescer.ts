/**
 * Gathers events that come close together and delivers them as one batch (gossip.md section 29).
 *
 * A batch is over once it has been quiet for a while, and at the latest when its period is.
 */

import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { SerfEvent } from "../event.ts";

/** What is gathered, and what becomes of it. */
export interface Gathering {
  /** Takes an event, or refuses it; what is refused passes at once. */
  take(event: SerfEvent): boolean;
  /** Returns what was gathered, and starts over. */
  flush(): readonly SerfEvent[];
}

/** When batches are delivered, and what they are. */
export interface CoalescerOptions {
  readonly clock: Clock;
  /** The longest time that an event waits. */
  readonly period: Milliseconds;
  /** A batch is delivered once nothing came for this long. */
  readonly quiet: Milliseconds;
  readonly gathering: Gathering;
  readonly emit: (event: SerfEvent) => void;
}

/** One stage that events pass through. */
export class Coalescer {
  readonly #options: CoalescerOptions;
  #periodTimer: Timer | undefined;
  #quietTimer: Timer | undefined;

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  /** Takes an event from the stage before. */
  enter(event: SerfEvent): void {
    const { clock, period, quiet, gathering, emit } = this.#options;
    if (!gathering.take(event)) return emit(event);

    this.#periodTimer ??= clock.after(period, () => this.flush());
    this.#quietTimer?.cancel();
    this.#quietTimer = clock.after(quiet, () => this.flush());
  }

  /** Delivers what was gathered, at once. */
  flush(): void {
    this.#periodTimer?.cancel();
    this.#quietTimer?.cancel();
    this.#periodTimer = this.#quietTimer = undefined;
    for (const event of this.#options.gathering.flush()) this.#options.emit(event);
  }
}
