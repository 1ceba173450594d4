/**
 * The numbers that gossip goes by beyond those of the protocol, all in one place.
 *
 * Each is chosen from the tables that `deno task tune` prints. How they work together is
 * explained in `src/docs/protocol/dissemination.md`.
 */

import type { Milliseconds } from "../ports/clock.ts";

/** What simulations vary, to show why the numbers are as they are. */
export interface GossipTuning {
  /** The least time between two rounds: bursts must fit into the receivers' socket buffers. */
  readonly roundGap: Milliseconds;
  /** After which share of a gossip interval the backup round follows a push along the tree. */
  readonly backupShare: number;
  /** After how many gossip intervals the backup round comes at the latest. */
  readonly backupPatience: number;
  /** After how many gossip intervals broadcasts are sent again. */
  readonly repairIntervals: number;
  /**
   * The same for broadcasts with a caller that waits, such as a leave: it must not be over
   * before members that gossip at ticks have received why.
   */
  readonly awaitedIntervals: number;
  /** How many rounds the token bucket holds. */
  readonly bucketRounds: number;
  /** How many of them are reserved for broadcasts that have not been sent. */
  readonly reservedRounds: number;
  /** How many packets of unsent broadcasts go to each peer of one round, while they pile up. */
  readonly maxFirstPackets: number;
  /** How many times `gossipNodes` peers get repairs in such a round. */
  readonly maxRepairs: number;
  /** The share by which the live members must have grown for an extra exchange. */
  readonly growthShare: number;
  /** How many gossip intervals it waits, and up to as many again; more in a large cluster. */
  readonly growthIntervals: number;
  /**
   * The share of the remembered Lamport times that may wait to be sent. The rest is for events
   * of other members, and for the way through the cluster.
   */
  readonly admittedShare: number;
  /**
   * The share of the remembered Lamport times whose events may wait to be sent again: in a
   * flood, repeating old ones would only delay the new ones.
   */
  readonly repairShare: number;
  /** The share of a packet that claims about members leave to the lanes behind them. */
  readonly userShare: number;
  /**
   * The most other members that a leaving one asks whether they know. Their acks come at once,
   * and must fit into the buffer of its socket.
   */
  readonly mostAsked: number;
  /**
   * When a round that may start at `earliest` starts. Only simulations set it, for members that
   * gossip as the reference does: at ticks, and to random peers only.
   */
  readonly nextTick?: (earliest: Milliseconds) => Milliseconds;
}

export const gossipTuning: GossipTuning = {
  roundGap: 10,
  backupShare: 0.1,
  backupPatience: 3,
  repairIntervals: 2,
  awaitedIntervals: 1,
  bucketRounds: 40,
  reservedRounds: 30,
  maxFirstPackets: 2,
  maxRepairs: 2,
  growthShare: 1 / 8,
  growthIntervals: 1,
  admittedShare: 0.25,
  repairShare: 0.25,
  userShare: 0.25,
  mostAsked: 256,
};
