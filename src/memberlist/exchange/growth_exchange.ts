/**
 * An extra push/pull after the cluster has grown a lot.
 *
 * When many join at once, gossip about some of them misses a member, and the regular push/pull
 * comes up to half a minute later. An exchange costs as much as gossip about some share of the
 * members, so it pays once that share is new.
 */

import type { Timer } from "../../ports/clock.ts";
import type { Ports } from "../../ports/ports.ts";
import type { MemberlistSettings } from "../config.ts";
import type { Roster } from "../membership/roster.ts";
import { pushPullPause } from "../scaling.ts";

type GrowthExchangeParts =
  & Pick<Ports, "clock" | "random">
  & {
    readonly config: Pick<
      MemberlistSettings,
      "gossipInterval" | "gossipTuning" | "pushPullInterval"
    >;
    readonly roster: Pick<Roster, "live">;
  };

export class GrowthExchange {
  readonly #parts: GrowthExchangeParts;
  readonly #exchange: () => void;
  #timer: Timer | undefined;
  /** The smallest number of live members since the last exchange. */
  #before = 1;
  /** The growth that starts an exchange, as a share of that number. */
  #share: number;

  constructor(parts: GrowthExchangeParts, exchange: () => void) {
    this.#parts = parts;
    this.#share = parts.config.gossipTuning.growthShare;
    this.#exchange = exchange;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Notes an exchange with a member that this node chose. */
  noteExchange(): void {
    this.#before = this.#parts.roster.live.length;
    this.#share = this.#parts.config.gossipTuning.growthShare;
  }

  /**
   * Notes that this node joined through a member that knew `members` others.
   *
   * Any growth then starts an exchange: about members that joined at the same time there was
   * gossip alone.
   */
  noteJoin(members: number): void {
    this.#before = members;
    this.#share = 0;
  }

  /** Books an exchange if the cluster has grown enough. To be called whenever it may have. */
  look(): void {
    const { clock, config, random, roster } = this.#parts;
    const live = roster.live.length;
    if (live < this.#before) this.#before = live;
    if (this.#timer || live - this.#before <= this.#share * this.#before) return;
    if (config.pushPullInterval <= 0) return;
    const { gossipInterval, gossipTuning } = config;
    const pause = pushPullPause(gossipTuning.growthIntervals * gossipInterval, live);
    this.#timer = clock.after(pause * (1 + random.uniform()), () => {
      this.#timer = undefined;
      this.noteExchange();
      this.#exchange();
    });
  }
}
