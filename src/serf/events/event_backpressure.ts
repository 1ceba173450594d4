/**
 * Accepts user events only as fast as the cluster can receive them.
 *
 * Each event takes one Lamport time, and members drop an event that is too many times behind the
 * newest. A caller that fires faster than events spread has to wait, so that no accepted event
 * is lost.
 */

import type { Milliseconds, Timer } from "../../ports/clock.ts";
import type { SerfNode } from "../node.ts";

/** How often room is looked for again, in case all other members have gone meanwhile. */
export const recheckInterval: Milliseconds = 1000;

/** Makes callers that fire events wait their turn. */
export class EventBackpressure {
  readonly #node: SerfNode;
  #queue: (() => void)[] = [];
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(node: SerfNode) {
    this.#node = node;
    node.lanes.userEvents.onTake = () => this.#noteSent();
  }

  /** How many callers wait for room. */
  get length(): number {
    return this.#queue.length;
  }

  /** Runs `enter` when there is room for one more event: at once if there is and nobody waits. */
  request(enter: () => void): void {
    if (this.#queue.length === 0 && this.#hasRoom()) return enter();
    this.#queue.push(enter);
    this.#schedule(recheckInterval);
  }

  /** Lets all callers go on, because nothing will be sent any more. */
  stop(): void {
    this.#isStopped = true;
    this.#admit();
  }

  /** There may be room once this turn is over. */
  #noteSent(): void {
    if (this.#queue.length === 0 || !this.#hasRoom()) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#schedule(0);
  }

  #hasRoom(): boolean {
    const { config: { eventBuffer, memberlist: { gossipTuning } }, lanes, memberlist } = this.#node;
    return this.#isStopped ||
      lanes.userEvents.length < gossipTuning.admittedShare * eventBuffer || !memberlist.hasCompany;
  }

  #schedule(delay: Milliseconds): void {
    this.#timer ??= this.#node.clock.after(delay, () => {
      this.#timer = undefined;
      this.#admit();
    });
  }

  /** Each caller fires its event at once, so that the next is judged by what waits then. */
  #admit(): void {
    while (this.#queue.length > 0 && this.#hasRoom()) this.#queue.shift()!();
    if (this.#queue.length > 0) return this.#schedule(recheckInterval);
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
