/** Whom to probe next, and when (gossip.md section 11). One probe runs at a time. */

import type { Milliseconds } from "../../ports/clock.ts";
import type { Member } from "../member.ts";
import { sleepLimit } from "../membership/suspicion.ts";
import { Probe, type ProbeParts } from "./probe.ts";
import { isGone } from "../membership/roster.ts";
import { Ticker } from "../../ports/ticker.ts";

export class Prober {
  readonly #parts: ProbeParts;
  readonly #ticker: Ticker;
  #next = 0;
  #running: Probe | undefined;
  #isTickMissed = false;

  constructor(parts: ProbeParts) {
    this.#parts = parts;
    const { clock, config, random } = parts;
    this.#ticker = new Ticker(clock, () => config.probeInterval, (late) => {
      this.#noteLateness(late);
      this.#tick();
    }, random);
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
    this.#running?.cancel();
    this.#running = undefined;
  }

  /** Forgets members that are long gone and shuffles the order, as after each round. */
  startRound(): void {
    const { clock, config, membership, roster } = this.#parts;
    membership.bury(roster.purgeAndShuffle(clock.now() - config.gossipToTheDeadTime));
    this.#next = 0;
  }

  /** A node that did not run must not blame others: whoever looks for reasons finds this. */
  #noteLateness(late: Milliseconds): void {
    const { clock, observer } = this.#parts;
    if (late > sleepLimit) observer?.note({ type: "stalled", at: clock.now(), took: late });
  }

  #tick(): void {
    if (this.#running) {
      // A probe that failed ends exactly when the next is due, so one is owed.
      this.#isTickMissed = true;
      return;
    }
    this.#isTickMissed = false;
    const target = this.#findTarget();
    if (!target) return;
    this.#running = new Probe(this.#parts, target, () => {
      this.#running = undefined;
      if (this.#isTickMissed) this.#tick();
    });
    this.#running.start();
  }

  /** Walks on to the next member worth a probe, if there is any. */
  #findTarget(): Member | undefined {
    const { roster, membership } = this.#parts;
    // The rest of this round, its end, and all of the next one.
    for (let checks = 2 * roster.size; checks >= 0; checks--) {
      const member = roster.at(this.#next++);
      if (!member) this.startRound();
      else if (member !== membership.self && !isGone(member)) return member;
    }
    return undefined;
  }
}
