/**
 * Joining a cluster: swap states with some of its members, then announce
 * ourselves (gossip.md section 22.1).
 *
 * One join runs at a time, because whether old events are ignored is a matter of
 * the whole join and not of one exchange.
 */

import type { Address } from "../../ports/address.ts";
import type { Result } from "../../ports/result.ts";

/** An address that a join could not reach, and why. */
export interface JoinFailure {
  readonly address: Address;
  readonly error: Error;
}

/** What became of a join. */
export interface JoinOutcome {
  /** How many addresses answered; above 0 is success. */
  readonly contacted: number;
  /** One entry for each address that did not. */
  readonly errors: readonly JoinFailure[];
  /** Set if the node may not join at all, for instance because it is leaving. */
  readonly refused?: Error;
}

/** More joins than this do not wait for their turn. */
export const maxWaitingJoins = 64;

/** What joining works with. */
export interface JoiningOptions {
  /** Exchanges states with whoever is at an address, as one who joins. */
  readonly exchange: (address: Address, done: (result: Result<void>) => void) => void;
  /** Tells the cluster that this node is here. */
  readonly announce: () => void;
  /** Whether this node means to stay in the cluster. */
  readonly isStaying: () => boolean;
}

interface Join {
  readonly addresses: readonly Address[];
  readonly ignoreOld: boolean;
  readonly done: (outcome: JoinOutcome) => void;
  readonly errors: JoinFailure[];
  contacted: number;
  /** The index of the next address to try. */
  next: number;
}

/** Runs joins, one after the other. */
export class Joining {
  readonly #options: JoiningOptions;
  readonly #waiting: Join[] = [];
  #current: Join | undefined;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** Whether user events older than the join under way are to be ignored; `undefined` without one. */
  get ignoresOldEvents(): boolean | undefined {
    return this.#current?.ignoreOld;
  }

  /**
   * Tries all addresses in order; one success is enough to be in the cluster.
   *
   * @returns what gives up the addresses not tried yet.
   */
  join(
    addresses: readonly Address[],
    ignoreOld: boolean,
    done: (outcome: JoinOutcome) => void,
  ): () => void {
    const reason = this.#reasonAgainst();
    if (reason !== undefined) {
      done({ contacted: 0, errors: [], refused: new Error(reason) });
      return () => {};
    }
    const join: Join = { addresses, ignoreOld, done, errors: [], contacted: 0, next: 0 };
    this.#waiting.push(join);
    if (!this.#current) this.#startNext();
    return () => {
      join.next = addresses.length;
    };
  }

  #reasonAgainst(): string | undefined {
    if (!this.#options.isStaying()) return "Serf can't Join after Leave or Shutdown";
    return this.#waiting.length >= maxWaitingJoins ? "too many joins are waiting" : undefined;
  }

  #startNext(): void {
    const join = this.#current = this.#waiting.shift();
    if (join) this.#tryNext(join);
  }

  #tryNext(join: Join): void {
    const address = join.addresses[join.next++];
    if (!address) return this.#finish(join);

    this.#options.exchange(address, (result) => {
      if (result.ok) join.contacted++;
      else join.errors.push({ address, error: result.error });
      this.#tryNext(join);
    });
  }

  #finish(join: Join): void {
    this.#current = undefined;
    if (join.contacted > 0 && this.#options.isStaying()) this.#options.announce();
    join.done({ contacted: join.contacted, errors: join.errors });
    if (!this.#current) this.#startNext();
  }
}
