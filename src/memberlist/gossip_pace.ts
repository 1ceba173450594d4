/**
 * When the next round of gossip may start.
 *
 * A broadcast that has not been sent goes out at once along its tree, so that it crosses
 * a quiet cluster in hops of network latency, and a little later to others, in case
 * the tree has a gap. Told news is told again later, because it only repairs what
 * was lost, and rides with fresh news until then.
 *
 * Packets that are not full are paid from an allowance that grows as fast as the
 * reference sends: over more than a moment there are never more of them. Broadcasts that
 * nobody was told yet may borrow from what will grow, and repairs wait until that is
 * paid back. Packets that are full cost nothing, since no wait could save one.
 */

import { crc32 } from "../bytes/crc32.ts";
import { encodeText } from "../bytes/text.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Backlog } from "./broadcast.ts";
import type { MemberlistConfig } from "./config.ts";
import { type GossipTuning, gossipTuning } from "./gossip_tuning.ts";

/** The settings that the pace follows. */
export type PaceSettings = Pick<
  MemberlistConfig,
  "name" | "gossipInterval" | "gossipNodes" | "packetSize" | "gossipTuning"
>;

/** Decides when to gossip. */
export class GossipPace {
  readonly #settings: PaceSettings;
  readonly #tuning: GossipTuning;
  #lastRound: Milliseconds = -Infinity;
  /** When the first of those messages was told that only their trees know of. */
  #sentAlongTreeAt: Milliseconds = Infinity;
  /** Packets that may be sent, as of the time of the last round; negative if some were borrowed. */
  #allowance: number;

  constructor(settings: PaceSettings) {
    this.#settings = settings;
    this.#tuning = settings.gossipTuning ?? gossipTuning;
    this.#allowance = this.#tuning.savedRounds * settings.gossipNodes;
  }

  /** Whether so much waits that packets will be full. */
  isFull(bytes: number): boolean {
    return bytes >= this.#settings.packetSize;
  }

  /** When the next round is due, perhaps in the past; never if nothing waits. */
  nextRound(backlog: Backlog): Milliseconds {
    const { gossipInterval } = this.#settings;
    const { awaitedIntervals, backupPatience, backupShare, borrowedRounds } = this.#tuning;
    const { repairIntervals, roundGap } = this.#tuning;
    if (backlog.length === 0 || gossipInterval <= 0) return Infinity;
    const earliest = this.#lastRound + Math.min(roundGap, gossipInterval);
    if (this.isFull(backlog.bytes)) return earliest;
    if (backlog.unsent > 0) return Math.max(earliest, this.#affordableAt(borrowedRounds));
    if (backlog.sentAlongTree > 0) {
      const soonest = this.#sentAlongTreeAt + backupShare * gossipInterval;
      const latest = this.#sentAlongTreeAt + backupPatience * gossipInterval;
      return Math.max(earliest, soonest, Math.min(latest, this.#affordableAt()));
    }
    const intervals = backlog.awaited > 0 ? awaitedIntervals : repairIntervals;
    return Math.max(this.#lastRound + intervals * gossipInterval, this.#affordableAt());
  }

  /** Notes a round of so many packets that were not full, perhaps of a message along its tree. */
  noteRound(now: Milliseconds, packets: number, isAlongTree = false): void {
    if (!isAlongTree) this.#sentAlongTreeAt = Infinity;
    else if (this.#sentAlongTreeAt === Infinity) this.#sentAlongTreeAt = now;
    const { gossipInterval, gossipNodes } = this.#settings;
    const grown = this.#allowance + gossipNodes * (now - this.#lastRound) / gossipInterval;
    this.#allowance = Math.min(grown, this.#tuning.savedRounds * gossipNodes) - packets;
    this.#lastRound = now;
  }

  /** The first tick from a time on, if there are ticks; the time itself otherwise. */
  tickFrom(time: Milliseconds): Milliseconds {
    const { gossipInterval, name } = this.#settings;
    if (!this.#tuning.ticksOnly) return time;
    const phase = crc32(encodeText(name)) % gossipInterval;
    return Math.ceil((time - phase) / gossipInterval) * gossipInterval + phase;
  }

  /** When a whole round can be paid, if so many may be borrowed. */
  #affordableAt(borrowed = 0): Milliseconds {
    const { gossipInterval, gossipNodes } = this.#settings;
    const missing = (1 - borrowed) * gossipNodes - this.#allowance;
    return missing <= 0 ? -Infinity : this.#lastRound + missing * gossipInterval / gossipNodes;
  }
}
