/**
 * Looks for members that were lost: remembered from an earlier life and not met
 * again, or failed for so long that everybody forgot them.
 *
 * The reference looks for them once, or not at all: two halves of a network that
 * was broken for longer than members are kept never find each other again. Here
 * every lost member is tried again, ever more seldom, for as long as configured.
 * What is found this way is an exchange like any other; membership does the rest.
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Random } from "../../ports/random.ts";
import type { Result } from "../../ports/result.ts";

/** More lost members than this are not looked for: the one lost longest ago makes room. */
export const maxLostMembers = 1024;
/** In a small cluster every lost member is tried at least this often. */
const longestPause: Milliseconds = 600_000;
/** In a cluster larger than this its members share the work, so that a host is not overrun. */
const sharingSize = 16;

/** What a seeker works with. */
export interface SeekerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The first pause between two tries. */
  readonly interval: Milliseconds;
  /** How long a lost member is looked for. */
  readonly patience: Milliseconds;
  /** How many members are known, in any status. */
  readonly memberCount: () => number;
  /** Whether a member is known again, in any status. */
  readonly isKnown: (name: string) => boolean;
  /** Exchanges states with whoever is at an address; `undefined` while the node may not. */
  readonly exchange: (address: Address, done: (result: Result<void>) => void) => void;
  /** Hears that a member is not looked for any more, though it was not found. */
  readonly givenUp: (name: string) => void;
}

interface Lost {
  readonly name: string;
  readonly address: Address;
  readonly since: Milliseconds;
  tries: number;
  dueAt: Milliseconds;
}

/** Tries lost members, one at a time. */
export class Seeker {
  readonly #options: SeekerOptions;
  /** By name, the one lost longest ago first. */
  readonly #lost = new Map<string, Lost>();
  #timer: Timer | undefined;
  #isTrying = false;
  #isStopped = false;

  constructor(options: SeekerOptions) {
    this.#options = options;
  }

  /** How many members are looked for. */
  get size(): number {
    return this.#lost.size;
  }

  /** Begins to look for a member that was last seen at `address`. */
  add(name: string, address: Address): void {
    if (this.#isStopped) return;
    this.#lost.delete(name);
    if (this.#lost.size >= maxLostMembers) this.#giveUpOldest();
    const since = this.#options.clock.now();
    const lost: Lost = { name, address, since, tries: 0, dueAt: 0 };
    this.#postpone(lost);
    this.#lost.set(name, lost);
    this.#book();
  }

  /** Stops looking for a member, as when users want it forgotten. */
  drop(name: string): void {
    this.#lost.delete(name);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lost.clear();
  }

  #giveUpOldest(): void {
    for (const name of this.#lost.keys()) {
      this.#lost.delete(name);
      return this.#options.givenUp(name);
    }
  }

  /** Waits twice as long as before, and at random, so that a cluster does not act in step. */
  #postpone(lost: Lost): void {
    const { clock, interval, memberCount, random } = this.#options;
    const share = Math.max(1, memberCount() / sharingSize);
    const pause = Math.min(interval * 2 ** lost.tries, Math.max(interval, longestPause)) * share;
    lost.dueAt = clock.now() + pause * (0.5 + random.uniform());
  }

  #book(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isStopped || this.#isTrying) return;
    const next = this.#next();
    if (!next) return;
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(0, next.dueAt - clock.now()), () => this.#attempt());
  }

  #next(): Lost | undefined {
    let next: Lost | undefined;
    for (const lost of this.#lost.values()) if (!next || lost.dueAt < next.dueAt) next = lost;
    return next;
  }

  #attempt(): void {
    const { exchange, log } = this.#options;
    this.#timer = undefined;
    this.#clear();
    const lost = this.#next();
    if (!lost || lost.dueAt > this.#options.clock.now()) return this.#book();

    log.debug(`looking for lost member ${lost.name} ${formatAddress(lost.address)}`);
    lost.tries++;
    this.#isTrying = true;
    exchange(lost.address, ({ ok }) => {
      this.#isTrying = false;
      // Whoever answered may go by another name by now; there is nobody else to look for.
      if (ok) this.#lost.delete(lost.name);
      else this.#postpone(lost);
      this.#book();
    });
  }

  /** Drops who was found, and who was looked for long enough. */
  #clear(): void {
    const { clock, isKnown, patience, givenUp } = this.#options;
    for (const { name, since } of [...this.#lost.values()]) {
      if (isKnown(name)) this.#lost.delete(name);
      else if (clock.now() - since > patience) {
        this.#lost.delete(name);
        givenUp(name);
      }
    }
  }
}
