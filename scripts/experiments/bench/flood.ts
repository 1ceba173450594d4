/** User events as fast as agents take them. */

import { encodeText } from "../../../src/bytes/text.ts";
import { AgentCluster } from "../../lab/cluster.ts";
import { measured } from "../../lab/comparison.ts";
import { valueAtLeast } from "../../lab/goal.ts";
import { listen } from "../../lab/hearing.ts";
import { delay } from "../../lab/waiting.ts";
import type { Measure } from "./scale.ts";
import type { Subject } from "./subject.ts";

const size = 10;
/** A little more than is to be delivered, so that the pace is no obstacle. */
const pace = 1050;
/** How many events are under way to the agent at once. */
const workers = 32;
const payload = encodeText("x".repeat(32));
/** Nothing new for so long means that nothing more will come. */
const silence = 4000;
const patience = 30_000;

/** Measures events at a steady pace, then as many as one agent accepts. */
export const flood: Measure = async (subject, { floodSeconds }) => {
  const paced = await offer(subject, floodSeconds, pace);
  const unpaced = await offer(subject, floodSeconds, Infinity);
  const to = `to ${size} agents`;
  return [
    measured(`events ${to}, ${pace}/s offered: accepted`, paced.rate, "1/s", valueAtLeast(1000)),
    measured(
      `events ${to}, ${pace}/s offered: delivered everywhere`,
      paced.share,
      "%",
      valueAtLeast(100),
    ),
    measured(`events ${to}, flat out: accepted`, unpaced.rate, "1/s"),
    measured(`events ${to}, flat out: delivered everywhere`, unpaced.share, "%", valueAtLeast(100)),
  ];
};

/** Fires events for so long; returns how many a second were accepted, and the share of deliveries made. */
async function offer(
  subject: Subject,
  seconds: number,
  rate: number,
): Promise<{ readonly rate: number; readonly share: number }> {
  await using cluster = await AgentCluster.form(subject, size);
  const heard = new Set<string>();
  let lastHeard = performance.now();
  await listen(cluster.agents, "user", (record, agent, at) => {
    if (!("name" in record)) return;
    heard.add(`${record.name} at ${agent.name}`);
    lastHeard = at;
  });

  const { client } = cluster.agents[0]!;
  const startedAt = performance.now();
  let fired = 0;
  const work = async () => {
    while (performance.now() - startedAt < 1000 * seconds) {
      if (fired > rate * (performance.now() - startedAt) / 1000) {
        await delay(1);
        continue;
      }
      await client.userEvent(`f${fired++}`, payload, { coalesce: false });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const took = (performance.now() - startedAt) / 1000;

  const limit = performance.now() + patience;
  while (performance.now() < Math.min(limit, lastHeard + silence)) await delay(100);
  return { rate: fired / took, share: 100 * heard.size / (fired * size) };
}
