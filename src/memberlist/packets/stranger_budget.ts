/**
 * Bounds the answers to addresses that belong to no member.
 *
 * Pings, queries and relays name the address that the answer goes to. A forger can name a victim
 * there, and every member that receives a query answers it. An honest asker is a member, or will
 * be known as one in a moment: until then a little is enough.
 */

import type { Address } from "../../ports/address.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";

/** Bytes in 5 s for one host: an answer of the largest size, and some acks. */
export const strangerBytes = 1536;
/** Bytes in 5 s for all such hosts together. */
export const strangersBytes = 65_536;

/** An honest asker is known to all by then. */
const window: Milliseconds = 5000;

export class StrangerBudget {
  readonly #clock: Pick<Clock, "now">;
  #since: Milliseconds = -Infinity;
  /** By host; there are few, because each took some of what all may take. */
  readonly #spent = new Map<string, number>();
  #spentInAll = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Spends `bytes` on a host; false if there are not so many left. */
  take({ host }: Address, bytes: number): boolean {
    const now = this.#clock.now();
    if (now - this.#since >= window) {
      this.#since = now;
      this.#spent.clear();
      this.#spentInAll = 0;
    }
    const spent = (this.#spent.get(host) ?? 0) + bytes;
    if (spent > strangerBytes || this.#spentInAll + bytes > strangersBytes) return false;
    this.#spent.set(host, spent);
    this.#spentInAll += bytes;
    return true;
  }
}
