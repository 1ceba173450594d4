/**
 * Looks for members that were lost: remembered from an earlier life and not met again, or failed
 * for so long that everybody forgot them.
 *
 * Parity: the reference looks for them once, or not at all, so that two halves of a network that
 * was broken for long never meet again. Here each is tried again, ever more seldom.
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Milliseconds, Timer } from "../../ports/clock.ts";
import type { Snapshot } from "../events/snapshot.ts";
import type { SerfNode } from "../node.ts";
import type { MemberBook } from "./member_book.ts";

/** More lost members than this are not looked for: the one lost longest ago makes room. */
export const maxLostMembers = 1024;
/** In a small cluster every lost member is tried at least this often. */
const longestPause: Milliseconds = 600_000;
/** In a cluster larger than this its members share the work, so that a host is not overrun. */
const sharingSize = 16;

interface Lost {
  readonly name: string;
  readonly address: Address;
  readonly since: Milliseconds;
  tries: number;
  dueAt: Milliseconds;
}

/** Tries lost members, one at a time. */
export class Seeker {
  readonly #node: SerfNode;
  readonly #book: MemberBook;
  readonly #snapshot: Pick<Snapshot, "forget"> | undefined;
  /** By name, the one lost longest ago first. */
  readonly #lost = new Map<string, Lost>();
  #timer: Timer | undefined;
  #isTrying = false;
  #isStopped = false;

  /** @param snapshot forgets those that are not looked for any more, though they were not found. */
  constructor(node: SerfNode, book: MemberBook, snapshot: Pick<Snapshot, "forget"> | undefined) {
    this.#node = node;
    this.#book = book;
    this.#snapshot = snapshot;
  }

  /** How many members are looked for. */
  get size(): number {
    return this.#lost.size;
  }

  /** Begins to look for a member that was last seen at `address`. */
  add(name: string, address: Address): void {
    if (this.#isStopped) return;
    this.#lost.delete(name);
    for (const oldest of this.#lost.keys()) {
      if (this.#lost.size < maxLostMembers) break;
      this.drop(oldest);
    }
    const lost = { name, address, since: this.#node.clock.now(), tries: 0, dueAt: 0 };
    this.#postpone(lost);
    this.#lost.set(name, lost);
    this.#schedule();
  }

  /** Stops looking for a member, also after a restart. */
  drop(name: string): void {
    this.#lost.delete(name);
    this.#snapshot?.forget(name);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lost.clear();
  }

  /** Waits twice as long as before, and at random, so that a cluster does not act in step. */
  #postpone(lost: Lost): void {
    const { clock, config: { reconnectInterval: first }, random } = this.#node;
    const share = Math.max(1, this.#book.size / sharingSize);
    const pause = Math.min(first * 2 ** lost.tries, Math.max(first, longestPause)) * share;
    lost.dueAt = clock.now() + pause * (0.5 + random.uniform());
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const next = this.#next();
    if (this.#isStopped || this.#isTrying || !next) return;
    const { clock } = this.#node;
    this.#timer = clock.after(Math.max(0, next.dueAt - clock.now()), () => this.#attempt());
  }

  #next(): Lost | undefined {
    let next: Lost | undefined;
    for (const lost of this.#lost.values()) if (!next || lost.dueAt < next.dueAt) next = lost;
    return next;
  }

  #attempt(): void {
    const { clock, log, memberlist } = this.#node;
    this.#clear();
    const lost = this.#next();
    if (!lost || lost.dueAt > clock.now()) return this.#schedule();

    log.debug(`looking for lost member ${lost.name} ${formatAddress(lost.address)}`);
    lost.tries++;
    this.#isTrying = true;
    memberlist.exchange(lost.address, ({ ok }) => {
      this.#isTrying = false;
      // The node that answered may have another name by now; nobody else is there to look for.
      if (ok) this.#lost.delete(lost.name);
      else this.#postpone(lost);
      this.#schedule();
    });
  }

  /** Drops the members that were found, and those that were looked for long enough. */
  #clear(): void {
    const { clock, config } = this.#node;
    for (const { name, since } of [...this.#lost.values()]) {
      if (this.#book.get(name)) this.#lost.delete(name);
      else if (clock.now() - since > config.lostTimeout) this.drop(name);
    }
  }
}
