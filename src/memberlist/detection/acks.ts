/** Sequence numbers that await an answer (gossip.md sections 7.3 and 7.4). */

import type { Address } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";

export interface Answers {
  /** Runs at most once; `payload` is borrowed, and `from` the sender if known. */
  ack(payload: Uint8Array | undefined, from: Address | undefined): void;
  /** Runs for every nack that comes before the ack. */
  nack?(from: Address | undefined): void;
  /** Runs if the time is over without an ack. */
  expired?(): void;
}

interface Expectation {
  readonly answers: Answers;
  readonly timer: Timer;
}

export class Acks {
  readonly #clock: Clock;
  readonly #expected = new Map<number, Expectation>();
  #lastSequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the next sequence number, 1 to 2^32-1; it wraps around. */
  nextSequence(): number {
    this.#lastSequence = (this.#lastSequence + 1) >>> 0;
    return this.#lastSequence;
  }

  /** Waits at most `lifetime` for answers to `sequence`. */
  expect(sequence: number, lifetime: Milliseconds, answers: Answers): void {
    this.forget(sequence);
    const timer = this.#clock.after(lifetime, () => {
      this.#expected.delete(sequence);
      answers.expired?.();
    });
    this.#expected.set(sequence, { answers, timer });
  }

  /** Takes an ack; one that nobody waits for is ignored. */
  receiveAck(sequence: number, payload: Uint8Array | undefined, from?: Address): void {
    const expectation = this.#expected.get(sequence);
    if (!expectation) return;
    this.forget(sequence);
    expectation.answers.ack(payload, from);
  }

  /** Takes a nack, which does not end the waiting. */
  receiveNack(sequence: number, from?: Address): void {
    this.#expected.get(sequence)?.answers.nack?.(from);
  }

  /** Stops waiting, silently. */
  forget(sequence: number): void {
    this.#expected.get(sequence)?.timer.cancel();
    this.#expected.delete(sequence);
  }

  stop(): void {
    for (const { timer } of this.#expected.values()) timer.cancel();
    this.#expected.clear();
  }
}
