/** Queries that all answer: how soon the last has, and how soon the asker is told. */

import { encodeText } from "../../../src/bytes/text.ts";
import { AgentCluster, type ClusterAgent } from "../../lab/cluster.ts";
import { toolOutput } from "../../lab/command.ts";
import { type Measure, measured, toBeNone } from "../../lab/comparison.ts";
import { ratioAtMost } from "../../lab/goal.ts";
import { median } from "../../lab/statistics.ts";
import { listen } from "../../lab/streams.ts";
import { delay } from "../../lab/waiting.ts";
import { agents, type Subject } from "./subject.ts";

export const queries: Measure<Subject> = async (subject, isShort) => {
  await using cluster = await AgentCluster.form(subject, agents);
  await listen(cluster.agents, "query", (record, { client, name }) => {
    if ("id" in record) void client.respond(record.id, encodeText(name)).catch(() => {});
  });
  await delay(500);

  const lastAcks: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < (isShort ? 8 : 50); i++) {
    const { lastAck, end } = await ask(cluster.agents[i % agents]!, `q${i}`);
    lastAcks.push(lastAck);
    ends.push(end);
  }

  const exits: number[] = [];
  let missing = 0;
  for (let i = 0; i < (isShort ? 5 : 20); i++) {
    const args = ["query", `-rpc-addr=${cluster.agents[i % agents]!.rpc}`, `c${i}`, "please"];
    const startedAt = performance.now();
    const said = await toolOutput(...subject.command, ...args);
    exits.push(performance.now() - startedAt);
    missing += agents - Number(/Total Responses: (\d+)/.exec(said)?.[1] ?? 0);
  }

  const goal = ratioAtMost(1 / 20);
  const where = `${agents} agents`;
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
): Promise<{ readonly lastAck: number; readonly end: number }> {
  const startedAt = performance.now();
  let lastAck = NaN;
  let acks = 0;
  for await (const { type } of await client.query(name, undefined, { requestAck: true })) {
    if (type === "ack" && ++acks === agents) lastAck = performance.now() - startedAt;
  }
  return { lastAck, end: performance.now() - startedAt };
}
