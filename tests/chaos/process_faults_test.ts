import { ok, strictEqual } from "node:assert/strict";
import { ChaosCluster, mixedKinds } from "../support/chaos.ts";
import { needsChaos } from "../support/chaos_obstacle.ts";

Deno.test(
  "Agents that are killed again and again come back, snapshots and all",
  needsChaos,
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "serf-chaos-" });
    try {
      await using cluster = await ChaosCluster.start({
        kinds: mixedKinds(8),
        argsOf: (index) => [`-snapshot=${folder}/${index}`],
      });
      for (let storm = 0; storm < 3; storm++) {
        // Half of them at once, others each time, but never the one that all join through.
        const victims = cluster.agents.filter(({ index }) =>
          index > 0 && (index + storm) % 2 === 0
        );
        await Promise.all(victims.map((victim) => victim.kill()));
        await Promise.all(victims.map((victim) => victim.start()));
        await cluster.settled();
      }
      await cluster.spreadEvent(7, "after-the-storms");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("A cluster that is killed as a whole comes back as a whole", needsChaos, async () => {
  const folder = await Deno.makeTempDir({ prefix: "serf-chaos-" });
  try {
    await using cluster = await ChaosCluster.start({
      kinds: mixedKinds(6),
      argsOf: (index) => [`-snapshot=${folder}/${index}`],
    });
    await Promise.all(cluster.agents.map((agent) => agent.kill()));
    await Promise.all(cluster.agents.map((agent) => agent.start()));
    await cluster.settled();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("An agent that stands still fails, and is back once it goes on", needsChaos, async () => {
  await using cluster = await ChaosCluster.start({ kinds: mixedKinds(4) });
  for (const index of [1, 2]) {
    const others = cluster.agents.map((agent) => agent.index).filter((other) => other !== index);
    cluster.agents[index]?.process?.signal("SIGSTOP");
    await cluster.seeOnly(others);
    cluster.agents[index]?.process?.signal("SIGCONT");
    await cluster.settled();
  }
  await cluster.spreadEvent(2, "awake-again");
});

Deno.test(
  "Twenty agents of both kinds are one cluster through joins, deaths and farewells",
  needsChaos,
  async () => {
    await using cluster = await ChaosCluster.start({ kinds: mixedKinds(20) });
    await cluster.spreadEvent(13, "to-all-twenty");
    const victims = cluster.agents.filter(({ index }) => [3, 8, 11, 14, 19].includes(index));
    await Promise.all(victims.map((victim) => victim.kill()));
    await cluster.settled();
    await Promise.all(victims.map((victim) => victim.start()));
    await cluster.settled();

    for (const index of [4, 5]) {
      const leaver = cluster.agents[index];
      const left = await leaver?.process?.cli(["leave"]);
      strictEqual(left?.code, 0);
      ok(await leaver?.process?.exit() !== undefined);
      if (leaver) leaver.process = undefined;
    }
    await cluster.settled();
    const statuses = await cluster.agents[0]?.statuses();
    strictEqual(statuses?.get("chaos-4"), "left");
    strictEqual(statuses?.get("chaos-5"), "left");
  },
);
