/**
 * The countdown from suspect to dead (Lifeguard, section IV-B; gossip.md section 10).
 *
 * It starts long, to give a slow member time to refute, and shrinks with every
 * independent confirmation: when several members see the same silence, the
 * accuser is hardly at fault.
 */

import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";

/** How long a suspicion lasts. */
interface SuspicionTerms {
  /** With all expected confirmations, or if none can be expected. */
  readonly min: Milliseconds;
  /** Without any. */
  readonly max: Milliseconds;
  /** How many confirmations shorten it to `min`; below 1 it starts there. */
  readonly confirmations: number;
}

/** How long a suspicion lasts in all once `confirmed` members agreed with the accuser. */
export function suspicionDuration(terms: SuspicionTerms, confirmed: number): Milliseconds {
  if (terms.confirmations < 1) return terms.min;
  const progress = Math.log(confirmed + 1) / Math.log(terms.confirmations + 1);
  const duration = terms.max - progress * (terms.max - terms.min);
  return Math.max(Math.floor(duration), terms.min);
}

/** A countdown that ends this much later than due did so because the node did not run. */
export const sleepLimit: Milliseconds = 500;

export class Suspicion {
  readonly #clock: Clock;
  readonly #terms: SuspicionTerms;
  readonly #expired: (confirmations: number) => void;
  readonly #startedAt: Milliseconds;
  /** Everybody who accused, the first accuser included. */
  readonly #accusers: Set<string>;
  #timer: Timer;

  /** Starts counting; `expired` runs once unless the countdown is cancelled. */
  constructor(
    clock: Clock,
    accuser: string,
    terms: SuspicionTerms,
    expired: (confirmations: number) => void,
  ) {
    this.#clock = clock;
    this.#terms = terms;
    this.#expired = expired;
    this.#startedAt = clock.now();
    this.#accusers = new Set([accuser]);
    this.#timer = this.#book();
  }

  /** Confirmations so far, beside the first accuser. */
  get confirmations(): number {
    return this.#accusers.size - 1;
  }

  /** How long it still lasts, without more confirmations. */
  get remaining(): Milliseconds {
    const elapsed = this.#clock.now() - this.#startedAt;
    return Math.max(0, suspicionDuration(this.#terms, this.confirmations) - elapsed);
  }

  /** Takes another accusation; false if it is known or not needed any more. */
  confirm(accuser: string): boolean {
    if (this.confirmations >= this.#terms.confirmations) return false;
    if (this.#accusers.has(accuser)) return false;

    this.#accusers.add(accuser);
    this.#timer.cancel();
    this.#timer = this.#book();
    return true;
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #book(): Timer {
    return this.#bookAfter(this.remaining);
  }

  #bookAfter(delay: Milliseconds): Timer {
    const due = this.#clock.now() + delay;
    return this.#clock.after(delay, () => {
      // A node that did not run meanwhile has refutations in its sockets, still to be read.
      if (this.#clock.now() > due + sleepLimit) this.#timer = this.#bookAfter(sleepLimit);
      else this.#expired(this.confirmations);
    });
  }
}
