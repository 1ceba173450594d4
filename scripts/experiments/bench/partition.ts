/** Clusters that are cut in two halves, and made whole again. */

import { AgentCluster, type ClusterAgent, countAlive } from "../../lab/cluster.ts";
import { measured, type Measurement, toBeNone } from "../../lab/comparison.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { NetworkStar } from "../../lab/network_star.ts";
import { greatest } from "../../lab/statistics.ts";
import { delay, eventually } from "../../lab/waiting.ts";
import type { Measure } from "./scale.ts";
import type { Subject } from "./subject.ts";

/** How long a cluster may take to be whole. */
const patience = 120_000;
const authKey = "bench";

/** Measures how long the last agent needs to list everybody again. */
export const partition: Measure = async (subject, scale) => {
  const measurements: Measurement[] = [];
  for (const size of scale.partitionSizes) {
    const runs: Run[] = [];
    for (let i = 0; i < scale.partitions; i++) {
      runs.push(await partOnce(subject, size, scale.partitionSeconds));
    }
    const what = `partition of ${scale.partitionSeconds} s, ${size} agents`;
    const unaware = runs.reduce((sum, { unaware }) => sum + unaware, 0);
    const longest = greatest(runs.map(({ whole }) => whole));
    measurements.push(
      toBeNone(`${what}: not seen by`, unaware),
      measured(
        `${what}: last lists all after, longest of ${runs.length}`,
        longest,
        "s",
        valueAtMost(2),
      ),
    );
  }
  return measurements;
};

interface Run {
  /** How many agents did not list exactly their half when the cut was over. */
  readonly unaware: number;
  /** Seconds until all listed all. */
  readonly whole: number;
}

async function partOnce(subject: Subject, size: number, seconds: number): Promise<Run> {
  // Where others could reach it, an agent asks for a token.
  const config = await Deno.makeTempFile({ prefix: "serf-bench-", suffix: ".json" });
  await Deno.writeTextFile(config, JSON.stringify({ rpc_auth: authKey }));
  await using network = await NetworkStar.create(size);
  await network.reach();
  await using cluster = await AgentCluster.form(subject, size, {
    placeOf: (index) => network.members[index]!,
    args: [`-config-file=${config}`],
    authKey,
  });
  await Deno.remove(config);

  const indices = [...network.members.keys()];
  const halves = [indices.slice(0, size / 2), indices.slice(size / 2)];
  await network.partition(...halves);
  await delay(1000 * seconds);
  let unaware = 0;
  for (const agent of cluster.agents) if (await countAlive(agent) !== size / 2) unaware++;

  const healedAt = performance.now();
  await network.heal();
  await Promise.all(cluster.agents.map((agent) => listsAll(agent, size)));
  return { unaware, whole: (performance.now() - healedAt) / 1000 };
}

async function listsAll(agent: ClusterAgent, size: number): Promise<void> {
  await eventually(`${agent.name} lists all`, async () => await countAlive(agent) === size, {
    within: patience,
  });
}
