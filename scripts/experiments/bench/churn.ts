/** Members that join at once, that leave, that are killed, and that stand still for a while. */

import { AgentCluster, type ClusterAgent, countAlive } from "../../lab/cluster.ts";
import { type Measure, measured, toBeNone } from "../../lab/comparison.ts";
import { fewer, ratioAtMost } from "../../lab/goal.ts";
import { greatest, median } from "../../lab/statistics.ts";
import { onFailures } from "../../lab/streams.ts";
import { delay, eventually } from "../../lab/waiting.ts";
import { agents, type Subject } from "./subject.ts";

const joining = 40;
/** A join that takes longer had gaps, which only the next full exchange has filled. */
const slow = 5000;
/** Agents report changes of members after a second without any. */
const reportDelay = 2000;
const standstill = 5000;
/** How long members that stood still may be suspected afterwards, at most. */
const aftermath = 20_000;

/** Measures how long it takes until all agents list all that joined. */
export const join: Measure<Subject> = async (subject, isShort) => {
  const joins = isShort ? 3 : 20;
  const times: number[] = [];
  for (let i = 0; i < joins; i++) {
    await using cluster = new AgentCluster(subject);
    await cluster.startMany(joining);
    await delay(1000);
    times.push(await cluster.joinAll());
  }
  const what = `join of ${joining}, until all agree`;
  const late = times.filter((time) => time > slow).length;
  return [
    measured(`${what}, p50`, median(times), "ms", ratioAtMost(1 / 5)),
    measured(`${what}, longest`, greatest(times), "ms"),
    toBeNone(`${what}: over ${slow / 1000} s, of ${joins}`, late),
  ];
};

export const leave: Measure<Subject> = async (subject, isShort) => {
  const leaves = isShort ? 3 : 8;
  const { times, reports } = await replaceSome(subject, leaves, "left", 20, async (leaving) => {
    await leaving.client.leave().catch(() => {});
    await leaving.process.exit();
  });
  return [
    measured(`leave seen by the last of ${agents}, p50`, median(times), "ms", ratioAtMost(1 / 5)),
    toBeNone(`${leaves} leaves, called failures`, reports.length),
  ];
};

export const kill: Measure<Subject> = async (subject, isShort) => {
  const kills = isShort ? 3 : 8;
  const { times, reports, gone } = await replaceSome(
    subject,
    kills,
    "failed",
    50,
    (victim) => victim.process.kill(),
  );
  const wrong = reports.filter((member) => !gone.has(member)).length;
  return [
    measured(`kill -9 seen by the last of ${agents}, p50`, median(times), "ms", ratioAtMost(0.95)),
    toBeNone(`${kills} kills: others called failed`, wrong),
  ];
};

/** Measures what becomes of a cluster half of which stands still for some seconds. */
export const stop: Measure<Subject> = async (subject, isShort) => {
  const stops = isShort ? 2 : 6;
  await using cluster = await AgentCluster.form(subject, agents);
  const stopped = new Set<string>();
  let [reports, wrong] = [0, 0];
  await onFailures(cluster.agents, (_member, agent) => {
    if (!stopped.has(agent)) reports++;
  });
  for (let i = 0; i < stops; i++) {
    const half = cluster.agents.toSorted(() => Math.random() - 0.5).slice(0, agents / 2);
    stopped.clear();
    for (const { name } of half) stopped.add(name);
    for (const { process } of half) process.signal("SIGSTOP");
    await delay(standstill);
    for (const { process } of half) process.signal("SIGCONT");
    await delay(aftermath);
    for (const agent of cluster.agents) if (await countAlive(agent) !== agents) wrong++;
    await cluster.agreed();
  }
  const what = `${agents / 2} of ${agents} stopped for ${standstill / 1000} s, ${stops} times`;
  return [
    measured(`${what}: called failed by others`, reports, "", fewer),
    toBeNone(`${what}: lists wrong ${aftermath / 1000} s later`, wrong),
  ];
};

/**
 * Ends agents of a cluster, one after the other, each replaced by a new one.
 *
 * @param status how the others then list it; `pause` is the time between two looks.
 * @returns how long it took until all did, which members were called failed, and which ended.
 */
async function replaceSome(
  subject: Subject,
  count: number,
  status: string,
  pause: number,
  end: (agent: ClusterAgent) => Promise<void>,
) {
  await using cluster = await AgentCluster.form(subject, agents);
  const reports: string[] = [];
  const report = (member: string) => reports.push(member);
  await onFailures(cluster.agents, report);
  const gone = new Set<string>();
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const agent = cluster.takeAny();
    gone.add(agent.name);
    const startedAt = performance.now();
    const ended = end(agent);
    await seenByAll(cluster.agents, agent.name, status, pause);
    times.push(performance.now() - startedAt);
    await ended;
    agent.client.close();
    await onFailures([await cluster.replace()], report);
    // Probes are spread over a second; the next agent is to meet any of their phases.
    await delay(reportDelay + 1000 * Math.random());
  }
  return { times, reports, gone };
}

/** Waits until all agents list a member with a status. */
async function seenByAll(
  agents: readonly ClusterAgent[],
  member: string,
  status: string,
  pause: number,
): Promise<void> {
  await Promise.all(agents.map(async ({ client }, index) => {
    await delay(pause * index / agents.length);
    await eventually(`${member} is ${status}`, async () => {
      const [found] = await client.membersFiltered({ name: member });
      return found?.status === status;
    }, { pause, within: 120_000 });
  }));
}
