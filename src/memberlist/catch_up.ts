/**
 * When to exchange everything out of turn: after the cluster has grown a lot.
 *
 * Each member hears a piece of news about as often as it is handed out before it has done
 * its duty, but by chance: of many newcomers at once, a few are missed by somebody. The
 * regular exchange would fill the gap only up to half a minute later. An exchange costs
 * what gossip about some share of the members costs, so it is worth its price once so
 * many are new.
 */

import type { Clock, Timer } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { MemberlistConfig } from "./config.ts";
import { type GossipTuning, gossipTuning } from "./gossip_tuning.ts";
import type { Roster } from "./roster.ts";
import { pushPullPause } from "./scaling.ts";

/** What it works with. */
export interface CatchUpParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: Pick<MemberlistConfig, "gossipInterval" | "gossipTuning" | "pushPullInterval">;
  readonly roster: Pick<Roster, "live">;
}

/** Starts an exchange some time after the cluster grew. */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #exchange: () => void;
  #timer: Timer | undefined;
  /** How many members were live when everything was exchanged last, or fewer since. */
  #before = 1;
  /** The share by which they may become more before it is time. */
  #share: number;
  readonly #tuning: GossipTuning;

  constructor(parts: CatchUpParts, exchange: () => void) {
    this.#parts = parts;
    this.#tuning = parts.config.gossipTuning ?? gossipTuning;
    this.#share = this.#tuning.catchUpShare;
    this.#exchange = exchange;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Hears that this node has exchanged everything with a member it chose. */
  noteExchange(): void {
    this.#before = this.#parts.roster.live.length;
    this.#share = this.#tuning.catchUpShare;
  }

  /**
   * Hears that this node joined through one who knew so many members by then.
   *
   * Of those behind it that joined at the same time it has heard by chance alone.
   */
  noteJoin(members: number): void {
    this.#before = members;
    this.#share = 0;
  }

  /** Looks whether the cluster has grown so much; to be called whenever it may have. */
  look(): void {
    const { clock, config: { gossipInterval, pushPullInterval }, random, roster } = this.#parts;
    const live = roster.live.length;
    if (live < this.#before) this.#before = live;
    if (this.#timer || live - this.#before <= this.#share * this.#before) return;
    if (pushPullInterval <= 0) return;
    const pause = pushPullPause(this.#tuning.catchUpIntervals * gossipInterval, live);
    this.#timer = clock.after(pause * (1 + random.uniform()), () => {
      this.#timer = undefined;
      this.noteExchange();
      this.#exchange();
    });
  }
}
