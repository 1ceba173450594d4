/**
 * The numbers that gossip goes by beyond those of the protocol, all in one place.
 *
 * Each is chosen from the tables that `deno task tune` prints.
 */

import type { Milliseconds } from "../ports/clock.ts";

/** What simulations vary, to show why the numbers are as they are. */
export interface GossipTuning {
  /** The least time between two rounds of gossip: bursts fit into the receivers' socket buffers. */
  readonly roundGap: Milliseconds;
  /** The share of a gossip interval that news which went along its tree waits for others. */
  readonly backupShare: number;
  /** How many gossip intervals news that was told already waits for its next round. */
  readonly repairIntervals: number;
  /**
   * The same for news that somebody waits for, as a member that leaves does. It must not leave
   * faster than members that keep to ticks hear why.
   */
  readonly awaitedIntervals: number;
  /** How many rounds can be saved up while there is nothing to tell. */
  readonly savedRounds: number;
  /** How many rounds more than were saved news may take that nobody was told yet. */
  readonly borrowedRounds: number;
  /** How many gossip intervals news that went along its tree waits for others, at the most. */
  readonly backupPatience: number;
  /** While news piles up, one round tells up to so many packets of it for the first time… */
  readonly maxFirstPackets: number;
  /** …and so many times the usual number of peers of what was told before. */
  readonly maxRepairs: number;
  /** The share by which the members have to become more for an exchange out of turn. */
  readonly growthShare: number;
  /** How many gossip intervals it waits for that, and up to as many again; more in a large cluster. */
  readonly growthIntervals: number;
  /**
   * The share of the Lamport times that members remember which may wait to be told. The rest
   * is for what others fire meanwhile, and for the way through the cluster.
   */
  readonly admittedShare: number;
  /**
   * User events that were told already wait to be told again, up to this share of those that
   * members remember: in a flood, repeating older ones would only bring them too late.
   */
  readonly repairShare: number;
  /** While messages of the layer above wait, claims about members leave them this share of a packet. */
  readonly userShare: number;
  /**
   * In a cluster with more others, a member that leaves does not ask whether all have heard: the
   * acks come at once, and have to fit into the buffer of its socket.
   */
  readonly mostAsked: number;
  /** Whether rounds come at ticks alone and to random peers, as those of the reference do. */
  readonly ticksOnly: boolean;
}

/** How a node gossips unless somebody experiments. */
export const gossipTuning: GossipTuning = {
  roundGap: 10,
  backupShare: 0.25,
  repairIntervals: 2,
  awaitedIntervals: 1,
  savedRounds: 10,
  borrowedRounds: 30,
  backupPatience: 3,
  maxFirstPackets: 2,
  maxRepairs: 2,
  growthShare: 1 / 8,
  growthIntervals: 2,
  admittedShare: 0.25,
  repairShare: 0.25,
  userShare: 0.25,
  mostAsked: 256,
  ticksOnly: false,
};
