/** Simulated clusters that have nothing left to say about their own beginning. */

import { SimCluster, type SimClusterOptions } from "../../src/sim/sim_cluster.ts";

/** A cluster that has finished gossiping about its own beginning. */
export function settled(
  members: number,
  options: Pick<SimClusterOptions, "membership" | "settings" | "afterTurn" | "seed">,
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
