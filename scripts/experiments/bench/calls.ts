/** How often an agent can tell a client about its members. */

import { AgentCluster, type ClusterAgent, countAlive, listsAlive } from "../../lab/cluster.ts";
import { type Measure, measured } from "../../lab/comparison.ts";
import { Crowd } from "../../lab/fakes/crowd.ts";
import { ratioAtLeast } from "../../lab/goal.ts";
import { RawClient, request } from "../../lab/fakes/raw_client.ts";
import { greatest } from "../../lab/statistics.ts";
import { delay } from "../../lab/waiting.ts";
import type { Subject } from "./subject.ts";

const few = 10;
const many = 1000;
const crowdAddress = "127.75.0.10";
/** How long that many members are gossiped about, in milliseconds. */
const settling = 10_000;
const seriesTime = 1000;

/** Measures one client's calls to an agent of a small cluster, and to one that lists many. */
export const calls: Measure<Subject> = async (subject, isShort) => {
  const series = isShort ? 8 : 20;
  const what = (members: number) => `RPC \`members\`, ${members} members, one client`;
  return [
    measured(what(few), await callsOfFew(subject, series), "1/s", ratioAtLeast(1)),
    measured(what(many), await callsOfMany(subject, series), "1/s", ratioAtLeast(5)),
  ];
};

async function callsOfFew(subject: Subject, series: number): Promise<number> {
  await using cluster = await AgentCluster.form(subject, few);
  return await callOften(cluster.agents[0]!, series);
}

async function callsOfMany(subject: Subject, series: number): Promise<number> {
  using crowd = new Crowd(crowdAddress, many - 1);
  await using cluster = new AgentCluster(subject);
  const agent = await cluster.start();
  await agent.client.join([crowd.address]);
  await listsAlive(agent, many, 100);
  await delay(settling);
  const rate = await callOften(agent, series);
  const alive = await countAlive(agent);
  if (alive !== many) throw new Error(`The agent lists ${alive} members, not ${many}`);
  return rate;
}

/**
 * Calls a second in the best of several series: what the first lose to the compiler, and others
 * to other programs, is not the agent's.
 */
async function callOften(agent: ClusterAgent, series: number): Promise<number> {
  using client = await RawClient.connect(agent.rpc);
  const members = request("members");
  // The list does not change, so all answers have one length.
  const length = await client.ask(2, "members");
  const rates: number[] = [];
  for (let i = 0; i < series; i++) {
    const startedAt = performance.now();
    let calls = 0;
    for (; performance.now() - startedAt < seriesTime; calls++) {
      await client.send(members);
      await client.takeBytes(length);
    }
    rates.push(1000 * calls / (performance.now() - startedAt));
  }
  return greatest(rates);
}
