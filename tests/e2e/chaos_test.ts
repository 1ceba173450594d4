/**
 * The short form of what `deno task chaos` does for long: a few real agents of both
 * kinds that are parted, killed and stopped, and are one cluster again afterwards.
 */

import { ChaosCluster, mixedKinds } from "../support/chaos.ts";
import { needsChaos } from "../support/chaos_obstacle.ts";

Deno.test(
  "Agents of both kinds survive a partition, a kill -9 and standing still",
  needsChaos,
  async () => {
    await using cluster = await ChaosCluster.start({
      kinds: mixedKinds(4),
      args: ["-profile=local"],
    });
    await cluster.network.partition([0, 1], [2, 3]);
    await Promise.all([cluster.seeOnly([0, 1]), cluster.seeOnly([2, 3])]);
    // While they are at it: two that cannot see each other anyway stop for a while.
    cluster.agents[2]?.process?.signal("SIGSTOP");
    await cluster.agents[1]?.kill();
    await cluster.seeOnly([0]);
    cluster.agents[2]?.process?.signal("SIGCONT");
    await cluster.agents[1]?.start();
    await cluster.network.heal();
    await cluster.settled();
    await cluster.spreadEvent(3, "all-is-well");
  },
);
