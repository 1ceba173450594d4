/** Clusters that are cut in two halves, and made whole again. */

import { AgentCluster, countAlive, listsAlive } from "../../lab/cluster.ts";
import { type Measure, measured, type Measurement, toBeNone } from "../../lab/comparison.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { NetworkStar } from "../../lab/network_star.ts";
import { ScratchFolder } from "../../lab/scratch_folder.ts";
import { greatest } from "../../lab/statistics.ts";
import { delay } from "../../lab/waiting.ts";
import type { Subject } from "./subject.ts";

const authKey = "bench";
/** How long the cut lasts. */
const seconds = 60;

/** Measures how long the last agent needs to list all again. */
export const partition: Measure<Subject> = async (subject, isShort) => {
  const measurements: Measurement[] = [];
  for (const size of [10, 20]) {
    const times: number[] = [];
    let unaware = 0;
    for (let i = 0; i < (isShort ? 1 : 3); i++) {
      const run = await partOnce(subject, size);
      times.push(run.whole);
      unaware += run.unaware;
    }
    const what = `partition of ${seconds} s, ${size} agents`;
    const last = `${what}: last lists all after, longest of ${times.length}`;
    measurements.push(
      toBeNone(`${what}: not seen by`, unaware),
      measured(last, greatest(times), "s", valueAtMost(2)),
    );
  }
  return measurements;
};

/**
 * Cuts and heals one cluster.
 *
 * @returns how many agents did not list exactly their half when the cut was over, and the
 *   seconds until all listed all.
 */
async function partOnce(
  subject: Subject,
  size: number,
): Promise<{ readonly unaware: number; readonly whole: number }> {
  // Where others could reach it, an agent asks for a token.
  using folder = new ScratchFolder();
  const config = `${folder.path}/serf.json`;
  await Deno.writeTextFile(config, JSON.stringify({ rpc_auth: authKey }));
  await using network = await NetworkStar.create(size);
  await network.reach();
  await using cluster = await AgentCluster.form(subject, size, {
    placeOf: (index) => network.members[index]!,
    args: [`-config-file=${config}`],
    authKey,
  });

  const indices = [...network.members.keys()];
  await network.partition(indices.slice(0, size / 2), indices.slice(size / 2));
  await delay(1000 * seconds);
  let unaware = 0;
  for (const agent of cluster.agents) if (await countAlive(agent) !== size / 2) unaware++;

  const healedAt = performance.now();
  await network.heal();
  await Promise.all(cluster.agents.map((agent) => listsAlive(agent, size)));
  return { unaware, whole: (performance.now() - healedAt) / 1000 };
}
