/** Queries that everybody answers: how soon the last has, and how soon the asker is told. */

import { encodeText } from "../../../src/bytes/text.ts";
import { AgentCluster, type ClusterAgent } from "../../lab/cluster.ts";
import { measured, toBeNone } from "../../lab/comparison.ts";
import { ratioAtMost } from "../../lab/goal.ts";
import { median } from "../../lab/statistics.ts";
import { toolOutput } from "../../lab/tool_output.ts";
import { delay } from "../../lab/waiting.ts";
import type { Measure } from "./scale.ts";

/** Measures queries over RPC and queries of the command. */
export const queries: Measure = async (subject, scale) => {
  await using cluster = await AgentCluster.form(subject, scale.agents);
  for (const agent of cluster.agents) void answerAll(agent);
  await delay(500);

  const lastAcks: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < scale.queries; i++) {
    const { lastAck, end } = await ask(cluster.agents[i % scale.agents]!, `q${i}`, scale.agents);
    lastAcks.push(lastAck);
    ends.push(end);
  }

  const exits: number[] = [];
  let missing = 0;
  for (let i = 0; i < scale.commandQueries; i++) {
    const { rpc } = cluster.agents[i % scale.agents]!;
    const args = ["query", `-rpc-addr=${rpc}`, `c${i}`, "please"];
    const startedAt = performance.now();
    const said = await toolOutput(...subject.command, ...args);
    exits.push(performance.now() - startedAt);
    missing += scale.agents - Number(/Total Responses: (\d+)/.exec(said)?.[1] ?? 0);
  }

  const goal = ratioAtMost(1 / 20);
  const where = `${scale.agents} agents`;
  return [
    measured(`last ack of a query, ${where}, p50`, median(lastAcks), "ms", goal),
    measured(`query over, ${where} having answered, p50`, median(ends), "ms", goal),
    measured(`\`query\` to its exit, ${where}, p50`, median(exits), "ms", goal),
    toBeNone(`\`query\`, ${where}: answers missing`, missing),
  ];
};

/** Asks once; `lastAck` is NaN if not all have acknowledged. */
async function ask(
  { client }: ClusterAgent,
  name: string,
  agents: number,
): Promise<{ readonly lastAck: number; readonly end: number }> {
  const startedAt = performance.now();
  let lastAck = NaN;
  let acks = 0;
  for await (const { type } of await client.query(name, undefined, { requestAck: true })) {
    if (type === "ack" && ++acks === agents) lastAck = performance.now() - startedAt;
  }
  return { lastAck, end: performance.now() - startedAt };
}

/** Answers every query that an agent hears. */
async function answerAll({ client, name }: ClusterAgent): Promise<void> {
  try {
    for await (const record of await client.stream("query")) {
      if ("id" in record) await client.respond(record.id, encodeText(name));
    }
  } catch {
    // The agent has ended.
  }
}
