/**
 * Complaints about what peers send, few enough to be read.
 *
 * Anybody on the network can send rubbish, and as fast as they like. The log
 * gets the first complaints of each period in full and then a count.
 */

import type { Clock, Milliseconds } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";

/** Counting starts anew after this long. */
export const complaintPeriod: Milliseconds = 10_000;
/** This many complaints of one period are logged in full. */
export const complaintsPerPeriod = 10;

/** Logs complaints at a bounded rate. */
export class Complaints {
  readonly #clock: Clock;
  readonly #log: Log;
  #periodStart: Milliseconds = -Infinity;
  #count = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Logs an error, unless too many were logged lately. */
  add(message: string): void {
    const now = this.#clock.now();
    if (now - this.#periodStart >= complaintPeriod) this.#startPeriod(now);
    this.#count++;
    if (this.#count <= complaintsPerPeriod) this.#log.error(message);
  }

  #startPeriod(now: Milliseconds): void {
    const silenced = this.#count - complaintsPerPeriod;
    if (silenced > 0) this.#log.error(`${silenced} more messages were unreadable`);
    this.#periodStart = now;
    this.#count = 0;
  }
}
