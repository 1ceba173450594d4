/**
 * When the next round of gossip may start.
 *
 * An unsent broadcast goes out at once, so that it crosses a quiet cluster in hops of
 * network latency. The backup round follows a little later. Repairs come later still,
 * because they only make up for lost packets; until then they ride along with others.
 *
 * Packets that are not full are paid from a token bucket, which is refilled as fast as
 * the reference sends: over more than a moment there are never more of them. A part of
 * the bucket is reserved for unsent broadcasts, so a burst of them is not held up by
 * repairs. Full packets are free, since no wait could save one.
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
