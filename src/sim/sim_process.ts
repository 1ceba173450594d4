/**
 * One life of a node: from the start of its process to its end.
 *
 * It is the node's clock. What the node booked dies with it, as after `kill -9`;
 * a process that is frozen or slow takes its turns late, but in order, and finds
 * that time went on meanwhile.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";

/** More packets than this do not wait for a process: a socket's buffer is finite. */
export const maxWaitingPackets = 512;

/** A process on a clock that others share. */
export class SimProcess implements Clock {
  readonly #clock: Clock;
  readonly #afterTurn: (() => void) | undefined;
  #isAlive = true;
  /** Until when the processor is taken. */
  #busyUntil: Milliseconds = -Infinity;
  /** Turns that came due meanwhile, in order. */
  readonly #backlog: (() => void)[] = [];
  #waitingPackets = 0;
  #lateTurns = 0;
  /** How long each turn keeps the process busy. */
  turnCost: Milliseconds = 0;

  /** `afterTurn` runs after every turn that did not end the process. */
  constructor(clock: Clock, afterTurn: (() => void) | undefined = undefined) {
    this.#clock = clock;
    this.#afterTurn = afterTurn;
  }

  /** How many turns came late because it was frozen or slow. */
  get lateTurns(): number {
    return this.#lateTurns;
  }

  /** Whether it takes no turn at this moment. */
  get isBusy(): boolean {
    return this.#busyUntil > this.#clock.now();
  }

  now(): Milliseconds {
    return this.#clock.now();
  }

  after(delay: Milliseconds, action: () => void): Timer {
    let isCancelled = false;
    const timer = this.#clock.after(delay, () => {
      // A timer that came due while the process was busy can still be called off.
      this.take(() => {
        if (!isCancelled) action();
      });
    });
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  /** Runs what a timer or another node caused: at once, or when the process gets round to it. */
  take(turn: () => void): void {
    if (!this.#isAlive) return;
    if (this.#backlog.length === 0 && !this.isBusy) return this.#run(turn);
    this.#lateTurns++;
    this.#backlog.push(turn);
    if (this.#backlog.length === 1) this.#bookDrain();
  }

  /** Like `take` for a datagram; false if the buffer is full, so that it is lost. */
  takePacket(turn: () => void): boolean {
    if (!this.isBusy) {
      this.take(turn);
      return true;
    }
    if (this.#waitingPackets >= maxWaitingPackets) return false;
    this.#waitingPackets++;
    this.take(() => {
      this.#waitingPackets--;
      turn();
    });
    return true;
  }

  /** Stops the process for a while, as a debugger or a busy host does. */
  freeze(duration: Milliseconds): void {
    this.#busyUntil = Math.max(this.#busyUntil, this.#clock.now() + duration);
  }

  /** Ends a freeze early. */
  thaw(): void {
    if (!this.isBusy) return;
    this.#busyUntil = this.#clock.now();
    this.#clock.after(0, () => this.#drain());
  }

  /** Ends the process at once: nothing that waits will run. */
  kill(): void {
    this.#isAlive = false;
    this.#backlog.length = 0;
  }

  #run(turn: () => void): void {
    if (this.turnCost > 0) this.#busyUntil = this.#clock.now() + this.turnCost;
    turn();
    if (this.#isAlive) this.#afterTurn?.();
  }

  #bookDrain(): void {
    this.#clock.after(this.#busyUntil - this.#clock.now(), () => this.#drain());
  }

  #drain(): void {
    while (this.#isAlive && this.#backlog.length > 0) {
      if (this.isBusy) return this.#bookDrain();
      this.#run(this.#backlog.shift()!);
    }
  }
}
