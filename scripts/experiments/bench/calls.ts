/** How often an agent can tell a client who is a member. */

import { AgentCluster, countAlive } from "../../lab/cluster.ts";
import { measured } from "../../lab/comparison.ts";
import { Crowd } from "../../lab/crowd.ts";
import { ratioAtLeast } from "../../lab/goal.ts";
import { greatest } from "../../lab/statistics.ts";
import { delay, eventually } from "../../lab/waiting.ts";
import { callMembers } from "./call_loop.ts";
import type { Measure } from "./scale.ts";
import type { Subject } from "./subject.ts";

const fewMembers = 10;
const crowdAddress = "127.75.0.10";
/** News of so many members travel for a while. */
const settling = 10_000;
/** How long one series of calls takes. */
const seriesSeconds = 1;

/** Measures one client's calls to an agent of a small cluster, and to one that lists many. */
export const calls: Measure = async (subject, scale) => {
  const few = await callsOfFew(subject, scale.callSeries);
  const many = await callsOfMany(subject, scale.callSeries, scale.listed);
  return [
    measured(`RPC \`members\`, ${fewMembers} members, one client`, few, "1/s", ratioAtLeast(1)),
    measured(`RPC \`members\`, ${scale.listed} members, one client`, many, "1/s", ratioAtLeast(5)),
  ];
};

async function callsOfFew(subject: Subject, series: number): Promise<number> {
  await using cluster = await AgentCluster.form(subject, fewMembers);
  return await callOften(cluster.agents[0]!.rpc, series);
}

async function callsOfMany(subject: Subject, series: number, count: number): Promise<number> {
  using crowd = new Crowd(crowdAddress, count - 1);
  await using cluster = new AgentCluster(subject);
  const agent = await cluster.start();
  await agent.client.join([crowd.address]);
  await eventually("the crowd is there", async () => await countAlive(agent) === count, {
    pause: 100,
    within: 120_000,
  });
  await delay(settling);
  const rate = await callOften(agent.rpc, series);
  const alive = await countAlive(agent);
  if (alive !== count) throw new Error(`The agent lists ${alive} members, not ${count}`);
  return rate;
}

/**
 * The best of several series: what the first lose to the compiler, and others to
 * whatever else the machine does, is not the agent's.
 */
async function callOften(address: string, series: number): Promise<number> {
  const rates: number[] = [];
  for (let i = 0; i < series; i++) rates.push(await callMembers(address, seriesSeconds));
  return greatest(rates);
}
