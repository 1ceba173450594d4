/**
 * Tries failed members again, because a broken network may be whole by now (gossip.md section
 * 22.6).
 *
 * The chance of each try keeps the attempts of the whole cluster about constant, however large
 * it is. A node that is alone also tries members that left: one may have come back unnoticed.
 */

import { formatAddress } from "../../ports/address.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import { Ticker } from "../../ports/ticker.ts";
import type { SerfMember } from "../member.ts";
import type { SerfNode } from "../node.ts";
import type { MemberBook } from "./member_book.ts";

/**
 * A ping is sent this often between two tries: it costs one small packet, and a network
 * that is whole again is found within a second or two.
 */
export const pingInterval: Milliseconds = 1000;

/** Tries one member at a time. */
export class Reconnector {
  readonly #node: SerfNode;
  readonly #book: MemberBook;
  readonly #attempts: Ticker;
  readonly #pings: Ticker;

  constructor(node: SerfNode, book: MemberBook) {
    const { clock, config, random } = node;
    this.#node = node;
    this.#book = book;
    this.#attempts = new Ticker(
      clock,
      () => config.reconnectInterval,
      () => this.attempt(),
      random,
    );
    this.#pings = new Ticker(clock, () => pingInterval, () => this.ping(), random);
  }

  start(): void {
    this.#attempts.start();
    this.#pings.start();
  }

  stop(): void {
    this.#attempts.stop();
    this.#pings.stop();
  }

  /** Pings a failed member, if there is one and chance says so; one that answers is back. */
  ping(): void {
    const { log, memberlist } = this.#node;
    const member = this.#choose([...this.#book.failed]);
    if (!member) return;
    const { name, address } = member;
    memberlist.pingOnce(address, name, () => {
      if (!this.#book.failed.has(name)) return;
      log.info(`Member ${name} answers again at ${formatAddress(address)}`);
      memberlist.exchange(address, () => {});
    });
  }

  /** Tries a member that is gone, if there is one worth it and chance says so. */
  attempt(): void {
    const { log, memberlist } = this.#node;
    const { failed, left } = this.#book;
    const member = this.#choose(this.#here > 1 ? [...failed] : [...failed, ...left]);
    if (!member) return;
    log.info(`attempting reconnect to ${member.name} ${formatAddress(member.address)}`);
    memberlist.exchange(member.address, () => {});
  }

  /** The number of members that are here. */
  get #here(): number {
    const { failed, left, size } = this.#book;
    return size - failed.size - left.size;
  }

  /**
   * Picks one of those that are gone, with a chance that all nodes together pick about one.
   *
   * A node that leaves picks none.
   */
  #choose(gone: readonly string[]): SerfMember | undefined {
    const { random, state } = this.#node;
    if (state() !== "alive" || gone.length === 0) return undefined;
    if (random.uniform() > gone.length / Math.max(1, this.#here)) return undefined;
    return this.#book.member(gone[random.below(gone.length)]!);
  }
}
