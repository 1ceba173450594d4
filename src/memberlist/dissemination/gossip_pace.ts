/**
 * When the next round of gossip may start: at once for an unsent broadcast, a little later for the
 * backup round, later still for repairs (`src/docs/protocol/dissemination.md`).
 *
 * Packets that are not full cost a token of a bucket that is refilled as fast as the reference
 * sends. A part of it is reserved for unsent broadcasts, so that repairs do not hold up a burst.
 * Full packets are free: no wait could save one.
 */

import type { Milliseconds } from "../../ports/clock.ts";
import type { Backlog } from "../broadcasts/broadcast.ts";
import type { MemberlistSettings } from "../config.ts";
import type { GossipTuning } from "../gossip_tuning.ts";
import { TokenBucket } from "../../ports/token_bucket.ts";

type PaceSettings = Pick<
  MemberlistSettings,
  "gossipInterval" | "gossipNodes" | "packetSize" | "gossipTuning"
>;

export class GossipPace {
  readonly #settings: PaceSettings;
  readonly #tuning: GossipTuning;
  readonly #bucket: TokenBucket;
  #lastRound: Milliseconds = -Infinity;
  /** When the first broadcast was pushed along its tree since the last backup round. */
  #sentAlongTreeAt: Milliseconds = Infinity;

  constructor(settings: PaceSettings) {
    const { gossipInterval, gossipNodes, gossipTuning } = settings;
    this.#settings = settings;
    this.#tuning = gossipTuning;
    const capacity = gossipTuning.bucketRounds * gossipNodes;
    this.#bucket = new TokenBucket(capacity, gossipInterval, gossipNodes);
  }

  isFull(bytes: number): boolean {
    return bytes >= this.#settings.packetSize;
  }

  /** When the next round is due, perhaps in the past; never if nothing waits. */
  nextRound(backlog: Backlog): Milliseconds {
    const { gossipInterval } = this.#settings;
    const { awaitedIntervals, backupPatience, backupShare, repairIntervals, reservedRounds } =
      this.#tuning;
    if (backlog.length === 0 || gossipInterval <= 0) return Infinity;
    const earliest = this.#lastRound + Math.min(this.#tuning.roundGap, gossipInterval);
    if (this.isFull(backlog.bytes)) return earliest;
    if (backlog.unsent > 0) return Math.max(earliest, this.#affordableAt(0));

    const repairsAffordableAt = this.#affordableAt(reservedRounds);
    if (backlog.sentAlongTree > 0) {
      const soonest = this.#sentAlongTreeAt + backupShare * gossipInterval;
      const latest = this.#sentAlongTreeAt + backupPatience * gossipInterval;
      return Math.max(earliest, soonest, Math.min(latest, repairsAffordableAt));
    }
    const intervals = backlog.awaited > 0 ? awaitedIntervals : repairIntervals;
    return Math.max(this.#lastRound + intervals * gossipInterval, repairsAffordableAt);
  }

  /**
   * Notes a round.
   *
   * @param packets how many packets it took that were not full.
   * @param isAlongTree whether the round pushed a broadcast along its tree.
   */
  noteRound(now: Milliseconds, packets: number, isAlongTree = false): void {
    if (!isAlongTree) this.#sentAlongTreeAt = Infinity;
    else if (this.#sentAlongTreeAt === Infinity) this.#sentAlongTreeAt = now;
    this.#bucket.spend(now, packets);
    this.#lastRound = now;
  }

  /** When the bucket holds one round more than these. */
  #affordableAt(rounds: number): Milliseconds {
    return this.#bucket.timeOf((1 + rounds) * this.#settings.gossipNodes);
  }
}
