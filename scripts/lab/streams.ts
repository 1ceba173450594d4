/** What agents tell the streams that follow them. */

import type { EventRecord } from "../../src/rpc/commands.ts";
import type { ClusterAgent } from "./cluster.ts";

/** Passes every record of a stream of each agent on, with the time, until the agent ends. */
export async function listen(
  agents: readonly ClusterAgent[],
  filter: string,
  receive: (record: EventRecord, agent: ClusterAgent, at: number) => void,
): Promise<void> {
  for (const agent of agents) {
    const stream = await agent.client.stream(filter);
    void (async () => {
      for await (const record of stream) receive(record, agent, performance.now());
    })().catch(() => {});
  }
}

/** Notes from now on when agents first receive each user event; keyed by its name. */
export async function eventTimes(
  agents: readonly ClusterAgent[],
): Promise<ReadonlyMap<string, ReadonlyMap<ClusterAgent, number>>> {
  const received = new Map<string, Map<ClusterAgent, number>>();
  await listen(agents, "user", (record, agent, at) => {
    if (!("name" in record)) return;
    const times = received.get(record.name) ?? new Map<ClusterAgent, number>();
    received.set(record.name, times.set(agent, times.get(agent) ?? at));
  });
  return received;
}

/** Calls back for every member that one of the agents reports as failed. */
export async function onFailures(
  agents: readonly ClusterAgent[],
  report: (member: string, agent: string) => void,
): Promise<void> {
  await listen(agents, "member-failed", (record, { name: agent }) => {
    if ("members" in record) { for (const { name } of record.members) report(name, agent); }
  });
}
