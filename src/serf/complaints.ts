/**
 * Complaints about what peers send, few enough to be read.
 *
 * Anybody on the network can send rubbish, and as fast as they like. The log
 * gets the first complaints of each period in full and then a count.
 */

import type { Clock, Milliseconds } from "../ports/clock.ts";
import type { Log, LogFields } from "../ports/log.ts";

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
    if (this.#isFew()) this.#log.error(message);
  }

  /** Logs a warning, unless too many were logged lately. */
  warn(message: string, fields?: LogFields): void {
    if (this.#isFew()) this.#log.warn(message, fields);
  }

  /**
   * Returns the log for parts whose warnings peers bring about: those are
   * complaints like others, and everything else passes.
   */
  get peerLog(): Log {
    const log = this.#log;
    return {
      debugEnabled: log.debugEnabled,
      debug: (message, fields) => log.debug(message, fields),
      info: (message, fields) => log.info(message, fields),
      warn: (message, fields) => this.warn(message, fields),
      error: (message, fields) => log.error(message, fields),
      named: (component) => log.named(component),
    };
  }

  /** Counts one more, and tells whether it is one of the few to be logged. */
  #isFew(): boolean {
    const now = this.#clock.now();
    if (now - this.#periodStart >= complaintPeriod) this.#startPeriod(now);
    this.#count++;
    return this.#count <= complaintsPerPeriod;
  }

  #startPeriod(now: Milliseconds): void {
    const silenced = this.#count - complaintsPerPeriod;
    if (silenced > 0) this.#log.error(`${silenced} more messages were unreadable`);
    this.#periodStart = now;
    this.#count = 0;
  }
}
