/** One way to gossip, and clusters that gossip so. */

import { type GossipTuning, gossipTuning } from "../../../src/memberlist/gossip_tuning.ts";
import { SimCluster, type SimClusterOptions } from "../../../src/sim/sim_cluster.ts";

/** What one row of a table changes. */
export interface Trial {
  readonly name: string;
  readonly tuning?: Partial<GossipTuning>;
  /** The share of packets that are lost. */
  readonly loss?: number;
}

/** What makes members gossip as in a trial. */
export function tuned({ tuning = {} }: Trial): Pick<SimClusterOptions, "membership"> {
  return { membership: () => ({ gossipTuning: { ...gossipTuning, ...tuning } }) };
}

/** A cluster that has finished gossiping about its own beginning. */
export function settled(
  members: number,
  options: Pick<SimClusterOptions, "membership" | "settings" | "afterTurn">,
): SimCluster {
  const cluster = new SimCluster({ members, seed: 7, keepsSnapshots: false, ...options });
  cluster.form();
  letSettle(cluster);
  return cluster;
}

/** Lets all members agree, and finish gossiping about that. */
export function letSettle(cluster: SimCluster): void {
  if (cluster.settle(600_000) === undefined) throw new Error("The cluster does not agree");
  cluster.clock.advance(15_000);
}
