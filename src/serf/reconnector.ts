/**
 * Tries failed members again, because a network that broke may be whole by now
 * (gossip.md section 22.6).
 *
 * Every node tries one failed member now and then, with a chance that keeps the
 * attempts of the whole cluster about constant, however large it is. A node that
 * is alone also tries members that left: one of them may have come back when this
 * node could not hear of it. Others let them go in peace.
 */

import { type Address, formatAddress } from "../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Random } from "../ports/random.ts";
import type { MemberBook } from "./member_book.ts";

/** What a reconnector works with. */
export interface ReconnectorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly interval: Milliseconds;
  readonly book: MemberBook;
  /** Exchanges states with whoever is at an address; no intent is announced. */
  readonly exchange: (address: Address) => void;
}

/** Tries one member at a time. */
export class Reconnector {
  readonly #options: ReconnectorOptions;
  #timer: Timer | undefined;

  constructor(options: ReconnectorOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, interval } = this.#options;
    this.#timer = clock.after(interval, () => {
      this.attempt();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Tries a member that is gone, if there is one worth it and chance says so. */
  attempt(): void {
    const { book, exchange, log, random } = this.#options;
    const here = book.size - book.failed.size - book.left.size;
    const gone = here > 1 ? [...book.failed] : [...book.failed, ...book.left];
    if (gone.length === 0) return;

    if (random.uniform() > gone.length / Math.max(1, here)) return;
    const name = gone[random.below(gone.length)]!;
    const { address } = book.get(name)!.member;
    log.info(`attempting reconnect to ${name} ${formatAddress(address)}`);
    exchange(address);
  }
}
