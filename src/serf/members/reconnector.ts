/**
 * Tries failed members again, because a network that broke may be whole by now
 * (gossip.md section 22.6).
 *
 * Every node tries one failed member now and then, with a chance that keeps the
 * attempts of the whole cluster about constant, however large it is. A node that
 * is alone also tries members that left: one of them may have come back when this
 * node could not hear of it. Others let them go in peace.
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Random } from "../../ports/random.ts";
import type { MemberBook } from "./member_book.ts";

/** What a reconnector works with. */
export interface ReconnectorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly interval: Milliseconds;
  readonly book: MemberBook;
  /** Whether this node is neither leaving nor gone: who leaves is not after anybody. */
  readonly isStaying: () => boolean;
  /** Exchanges states with whoever is at an address; no intent is announced. */
  readonly exchange: (address: Address) => void;
  /** Pings a member that is gone; `answered` runs only if it answers. */
  readonly ping: (address: Address, name: string, answered: () => void) => void;
}

/**
 * A ping is sent this often between two tries: it costs one small packet, and a network
 * that is whole again is found within a second or two.
 */
export const pingInterval: Milliseconds = 1000;

/** Tries one member at a time. */
export class Reconnector {
  readonly #options: ReconnectorOptions;
  #timer: Timer | undefined;
  #pingTimer: Timer | undefined;

  constructor(options: ReconnectorOptions) {
    this.#options = options;
  }

  /** Starts in a phase of its own, so that nodes started together do not try together. */
  start(): void {
    const { interval, random } = this.#options;
    this.#bookAttempt(random.uniform() * interval);
    this.#bookPing(random.uniform() * pingInterval);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#pingTimer?.cancel();
  }

  #bookAttempt(delay: Milliseconds): void {
    this.#timer = this.#options.clock.after(delay, () => {
      this.attempt();
      this.#bookAttempt(this.#options.interval);
    });
  }

  #bookPing(delay: Milliseconds): void {
    this.#pingTimer = this.#options.clock.after(delay, () => {
      this.ping();
      this.#bookPing(pingInterval);
    });
  }

  /** Pings a failed member, if there is one and chance says so; who answers is back. */
  ping(): void {
    const { book, exchange, isStaying, log, ping } = this.#options;
    if (!isStaying()) return;
    const name = this.#choose([...book.failed]);
    if (name === undefined) return;
    const { address } = book.get(name)!.member;
    ping(address, name, () => {
      if (book.get(name)?.member.status !== "failed") return;
      log.info(`Member ${name} answers again at ${formatAddress(address)}`);
      exchange(address);
    });
  }

  /** Tries a member that is gone, if there is one worth it and chance says so. */
  attempt(): void {
    const { book, exchange, isStaying, log } = this.#options;
    if (!isStaying()) return;
    const here = book.size - book.failed.size - book.left.size;
    const gone = here > 1 ? [...book.failed] : [...book.failed, ...book.left];
    const name = this.#choose(gone);
    if (name === undefined) return;
    const { address } = book.get(name)!.member;
    log.info(`attempting reconnect to ${name} ${formatAddress(address)}`);
    exchange(address);
  }

  /** Picks one of those that are gone, with a chance that all nodes together pick about one. */
  #choose(gone: readonly string[]): string | undefined {
    const { book, random } = this.#options;
    const here = book.size - book.failed.size - book.left.size;
    if (gone.length === 0 || random.uniform() > gone.length / Math.max(1, here)) return undefined;
    return gone[random.below(gone.length)];
  }
}
