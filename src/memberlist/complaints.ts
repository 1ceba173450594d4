/**
 * Complaints about peers, at a bounded rate.
 *
 * Whoever can reach the port can send rubbish as fast as the network carries
 * it. Everything is counted, but a line is logged only once a minute for each
 * peer and reason, and the memory of that is limited too.
 */

import type { Clock, Milliseconds } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";

/** How long a peer and reason stay quiet after a line about them. */
export const complaintInterval: Milliseconds = 60_000;

/** How many different peers and reasons are logged in that time. */
export const maxComplaints = 128;

/** Counts what peers do wrong and logs a sample of it. */
export class Complaints {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #meter: Meter;
  readonly #logged = new Map<string, number>();
  #since: Milliseconds = -Infinity;
  #silenced = 0;

  constructor(clock: Clock, log: Log, meter: Meter) {
    this.#clock = clock;
    this.#log = log;
    this.#meter = meter;
  }

  /** Notes that `peer` did something wrong; `reason` is a short stable code. */
  add(peer: string, reason: string, message: () => string): void {
    this.#meter.count(`memberlist.rejected.${reason}`, 1);
    this.#startOver();

    const key = `${reason} ${peer}`;
    const times = this.#logged.get(key) ?? 0;
    if (times > 0 || this.#logged.size >= maxComplaints) {
      if (times > 0) this.#logged.set(key, times + 1);
      this.#silenced++;
      return;
    }
    this.#logged.set(key, 1);
    this.#log.warn(message(), { peer, reason });
  }

  /** Forgets what was logged once the time is over, and says how much was not. */
  #startOver(): void {
    const now = this.#clock.now();
    if (now - this.#since < complaintInterval) return;
    if (this.#silenced > 0) {
      this.#log.warn(`${this.#silenced} more complaints about peers were not logged`, {
        count: this.#silenced,
      });
    }
    this.#logged.clear();
    this.#silenced = 0;
    this.#since = now;
  }
}
