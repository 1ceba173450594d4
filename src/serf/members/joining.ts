/**
 * Joining a cluster: swap states with some of its members, then announce this node (gossip.md
 * section 22.1).
 *
 * One join runs at a time, because whether old events are ignored concerns all its exchanges.
 */

import type { Address } from "../../ports/address.ts";
import type { SerfNode } from "../node.ts";
import type { Intents } from "./intents.ts";

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
  readonly #node: SerfNode;
  readonly #intents: Pick<Intents, "announceJoin">;
  readonly #waiting: Join[] = [];
  #current: Join | undefined;
  /** Whether this node left in an earlier life, and has not joined or been joined since. */
  isAway: boolean;

  constructor(node: SerfNode, intents: Pick<Intents, "announceJoin">, isAway: boolean) {
    this.#node = node;
    this.#intents = intents;
    this.isAway = isAway;
  }

  /** Whether user events from before a join are ignored. */
  get ignoresOldEvents(): boolean {
    return this.#current?.ignoreOld ?? this.isAway;
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
    const refuse = (reason: string) => {
      done({ contacted: 0, errors: [], refused: new Error(reason) });
      return () => {};
    };
    if (this.#node.state() !== "alive") return refuse("Serf can't Join after Leave or Shutdown");
    if (this.#waiting.length >= maxWaitingJoins) return refuse("too many joins are waiting");

    const join: Join = { addresses, ignoreOld, done, errors: [], contacted: 0, next: 0 };
    this.#waiting.push(join);
    if (!this.#current) this.#startNext();
    return () => {
      join.next = addresses.length;
    };
  }

  #startNext(): void {
    const join = this.#current = this.#waiting.shift();
    if (join) this.#tryNext(join);
  }

  #tryNext(join: Join): void {
    const address = join.addresses[join.next++];
    if (!address) return this.#finish(join);

    this.#node.memberlist.join(address, (result) => {
      if (result.ok) join.contacted++;
      else join.errors.push({ address, error: result.error });
      this.#tryNext(join);
    });
  }

  #finish(join: Join): void {
    this.#current = undefined;
    if (join.contacted > 0 && this.#node.state() === "alive") this.#intents.announceJoin();
    join.done({ contacted: join.contacted, errors: join.errors });
    if (!this.#current) this.#startNext();
  }
}
