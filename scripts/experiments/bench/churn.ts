/** Members that leave, that are killed, and that stand still for a while. */

import { AgentCluster, type ClusterAgent, countAlive } from "../../lab/cluster.ts";
import { measured, toBeNone } from "../../lab/comparison.ts";
import { fewer, ratioAtMost } from "../../lab/goal.ts";
import { FailureReports } from "../../lab/hearing.ts";
import { median } from "../../lab/statistics.ts";
import { delay, eventually } from "../../lab/waiting.ts";
import type { Measure } from "./scale.ts";

/** Agents report changes of members after a second without any. */
const reportDelay = 2000;
/** How long agents stand still. */
const standstill = 5000;
/** How long members that stood still may be suspected afterwards, at most. */
const aftermath = 20_000;

/** Measures members that leave in order. */
export const leave: Measure = async (subject, { agents, leaves }) => {
  await using cluster = await AgentCluster.form(subject, agents);
  const failures = new FailureReports();
  await failures.listenTo(cluster.agents);
  const times: number[] = [];
  for (let i = 0; i < leaves; i++) {
    const leaving = takeAny(cluster);
    times.push(
      await seenByAll(cluster.agents, leaving.name, "left", 20, () => {
        void leaving.client.leave().catch(() => {});
      }),
    );
    await leaving.process.exit();
    leaving.client.close();
    await failures.listenTo([await cluster.replace()]);
    await delay(reportDelay);
  }
  return [
    measured(`leave seen by the last of ${agents}, p50`, median(times), "ms", ratioAtMost(1 / 5)),
    toBeNone(`${leaves} leaves, called failures`, failures.count(() => true)),
  ];
};

/** Measures members that are killed. */
export const kill: Measure = async (subject, { agents, kills }) => {
  await using cluster = await AgentCluster.form(subject, agents);
  const failures = new FailureReports();
  await failures.listenTo(cluster.agents);
  const killed = new Set<string>();
  const times: number[] = [];
  for (let i = 0; i < kills; i++) {
    const victim = takeAny(cluster);
    killed.add(victim.name);
    times.push(
      await seenByAll(cluster.agents, victim.name, "failed", 50, () => void victim.process.kill()),
    );
    victim.client.close();
    await failures.listenTo([await cluster.replace()]);
    // Probes are spread over a second; the next victim is to meet any of their phases.
    await delay(reportDelay + 1000 * Math.random());
  }
  return [
    measured(`kill -9 seen by the last of ${agents}, p50`, median(times), "ms", ratioAtMost(0.95)),
    toBeNone(
      `${kills} kills: others called failed`,
      failures.count(() => true, (name) => !killed.has(name)),
    ),
  ];
};

/** Measures what becomes of a cluster half of which stands still for some seconds. */
export const stop: Measure = async (subject, { agents, stops }) => {
  await using cluster = await AgentCluster.form(subject, agents);
  const failures = new FailureReports();
  await failures.listenTo(cluster.agents);
  let reports = 0;
  let wrong = 0;
  for (let i = 0; i < stops; i++) {
    const stopped = shuffled(cluster.agents).slice(0, agents / 2);
    for (const { process } of stopped) process.signal("SIGSTOP");
    await delay(standstill);
    for (const { process } of stopped) process.signal("SIGCONT");
    await delay(aftermath);
    const names = new Set(stopped.map(({ name }) => name));
    reports += failures.count((name) => !names.has(name));
    failures.clear();
    for (const agent of cluster.agents) if (await countAlive(agent) !== agents) wrong++;
    await cluster.agreed();
  }
  const times = stops === 1 ? "" : `, ${stops} times`;
  const what = `${agents / 2} of ${agents} stopped for ${standstill / 1000} s${times}`;
  return [
    measured(`${what}: called failed by others`, reports, "", fewer),
    toBeNone(`${what}: lists wrong ${aftermath / 1000} s later`, wrong),
  ];
};

/** Lets something happen; returns how long it took until all agents list a member so. */
async function seenByAll(
  agents: readonly ClusterAgent[],
  member: string,
  status: string,
  pause: number,
  happen: () => void,
): Promise<number> {
  const startedAt = performance.now();
  happen();
  await Promise.all(
    agents.map(({ client }, index) =>
      delay(pause * index / agents.length).then(() =>
        eventually(`${member} is ${status}`, async () => {
          const [found] = await client.membersFiltered({ name: member });
          return found?.status === status;
        }, { pause, within: 120_000 })
      )
    ),
  );
  return performance.now() - startedAt;
}

/** Takes an agent out of a cluster that then runs without it. */
function takeAny(cluster: AgentCluster): ClusterAgent {
  const [agent] = shuffled(cluster.agents);
  cluster.remove(agent!);
  return agent!;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
