import { strictEqual } from "node:assert/strict";
import { ChaosCluster, mixedKinds } from "../support/chaos.ts";
import { canDelay, needsChaos } from "../support/chaos_obstacle.ts";

/** How long agents are watched while nothing may happen to them. */
const watch = 20_000;

function sleep(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}

/** How many times any agent has said that somebody failed. */
function failuresSeen(cluster: ChaosCluster): number {
  return cluster.agents.reduce((sum, { process }) => {
    return sum + (process?.output.split("EventMemberFailed").length ?? 1) - 1;
  }, 0);
}

Deno.test("Two halves that were parted find each other again", needsChaos, async () => {
  await using cluster = await ChaosCluster.start({ kinds: mixedKinds(6) });
  await cluster.network.partition([0, 1, 2], [3, 4, 5]);
  await Promise.all([cluster.seeOnly([0, 1, 2]), cluster.seeOnly([3, 4, 5])]);
  await cluster.spreadEvent(0, "within-a-half", 0).catch(() => {});
  await cluster.network.heal();
  await cluster.settled();
  // What happened in one half meanwhile reaches the other by the next exchange.
  await cluster.spreadEvent(5, "after-the-healing");
});

Deno.test("A member that was cut off from all for long comes back", needsChaos, async () => {
  await using cluster = await ChaosCluster.start({ kinds: mixedKinds(4) });
  await cluster.network.partition([0], [1, 2, 3]);
  await Promise.all([cluster.seeOnly([0]), cluster.seeOnly([1, 2, 3])]);
  // Longer than the dead are gossiped to: now only reconnecting helps.
  await sleep(40_000);
  await cluster.network.heal();
  await cluster.settled();
});

Deno.test("Packets that are lost one way only make nobody fail", needsChaos, async () => {
  await using cluster = await ChaosCluster.start({ kinds: mixedKinds(5) });
  await cluster.network.cutOneWay(0, 1);
  await cluster.network.cutOneWay(3, 2);
  await sleep(watch);
  strictEqual(failuresSeen(cluster), 0);
  await cluster.settled();
  await cluster.spreadEvent(0, "around-the-cut");
});

Deno.test("A third of all packets lost leaves a cluster that works", needsChaos, async () => {
  await using cluster = await ChaosCluster.start({ kinds: mixedKinds(5) });
  await cluster.network.lose(30);
  await cluster.spreadEvent(1, "through-the-noise");
  await sleep(watch);
  await cluster.spreadEvent(2, "through-the-noise-again");
  await cluster.network.heal();
  await cluster.settled();
});

Deno.test({
  name: "A network a second slow makes nobody fail in the profile made for such",
  ignore: !canDelay,
  async fn() {
    await using cluster = await ChaosCluster.start({
      kinds: mixedKinds(4),
      args: ["-profile=wan"],
    });
    await cluster.network.delay(1000);
    await sleep(watch);
    strictEqual(failuresSeen(cluster), 0);
    await cluster.spreadEvent(3, "slowly");
  },
});
