/** User events: how fast they spread, what that costs, and whether all arrive. */

import { AgentCluster } from "../../lab/cluster.ts";
import { type Measure, measured, type Measurement, toBeNone } from "../../lab/comparison.ts";
import { ratioAtMost, valueAtLeast } from "../../lab/goal.ts";
import { folderInOwnNetwork } from "../../lab/own_network.ts";
import { percentile } from "../../lab/statistics.ts";
import { eventTimes } from "../../lab/streams.ts";
import { delay } from "../../lab/waiting.ts";
import {
  countGossip,
  readGossip,
  stopCounting,
  trafficBetween,
  trafficPerEvent,
} from "./gossip_counter.ts";
import { agents, type Subject } from "./subject.ts";

const payload = new Uint8Array(32).fill("x".charCodeAt(0));
/** Milliseconds between events that do not meet. */
const seldom = 300;
/** Gossip delivers sooner than this; only full exchanges deliver later. In milliseconds. */
const patience = 5000;
/** How long the traffic of a quiet cluster is counted, in milliseconds. */
const quiet = 10_000;
const flooded = 10;
/** Events a second: a few more than are to be delivered, so that the pace is no obstacle. */
const pace = 1050;
/** How many events are under way to the agent at once. */
const workers = 32;
/** A flood is over after this time without a new event, or after `floodLimit`. */
const silence = 4000;
const floodLimit = 30_000;

/** Measures single events, one after another. */
export const events: Measure<Subject> = async (subject, isShort) => {
  const count = isShort ? 30 : 250;
  await using cluster = await AgentCluster.form(subject, agents);
  const received = await eventTimes(cluster.agents);
  const last: number[] = [];
  const traffic = await withTraffic(count, async () => {
    const fired = await fire(cluster, count, seldom);
    await delay(patience);
    for (const [event, firedAt] of fired) {
      const times = [...received.get(event)?.values() ?? []];
      if (times.length === agents) last.push(Math.max(...times) - firedAt);
    }
  });
  const what = `event at the last of ${agents} agents`;
  return [
    measured(`${what}, p50`, percentile(last, 0.5), "ms", ratioAtMost(1 / 50)),
    measured(`${what}, p99`, percentile(last, 0.99), "ms", ratioAtMost(1 / 10)),
    ...traffic,
  ];
};

/** Measures whether events reach all agents that are fired one close after the other. */
export const delivery: Measure<Subject> = async (subject, isShort) => {
  const count = isShort ? 100 : 5000;
  const measurements: Measurement[] = [];
  for (const size of [9, 20, 40]) {
    await using cluster = await AgentCluster.form(subject, size);
    const received = await eventTimes(cluster.agents);
    // Agents share the machine: more of them take longer over an event.
    const fired = await fire(cluster, count, Math.max(50, 2.5 * size));
    await delay(patience);
    let missing = 0;
    for (const [event, firedAt] of fired) {
      const times = [...received.get(event)?.values() ?? []];
      missing += size - times.filter((at) => at - firedAt < patience).length;
    }
    const figure = `${count} events to ${size} agents: not delivered within ${patience / 1000} s`;
    measurements.push(toBeNone(figure, missing));
  }
  return measurements;
};

/** Measures events at a steady pace, then as many as one agent accepts. */
export const flood: Measure<Subject> = async (subject, isShort) => {
  const seconds = isShort ? 3 : 10;
  const paced = await offer(subject, seconds, pace);
  const unpaced = await offer(subject, seconds, Infinity);
  const everywhere = valueAtLeast(100);
  const offered = `events to ${flooded} agents, ${pace}/s offered`;
  const flatOut = `events to ${flooded} agents, flat out`;
  return [
    measured(`${offered}: accepted`, paced.rate, "1/s", valueAtLeast(1000)),
    measured(`${offered}: delivered everywhere`, paced.share, "%", everywhere),
    measured(`${flatOut}: accepted`, unpaced.rate, "1/s"),
    measured(`${flatOut}: delivered everywhere`, unpaced.share, "%", everywhere),
  ];
};

/** Fires events at agents in turn, about `gap` milliseconds apart; returns when each was fired. */
async function fire(
  cluster: AgentCluster,
  count: number,
  gap: number,
): Promise<ReadonlyMap<string, number>> {
  const fired = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const { client } = cluster.agents[i % cluster.agents.length]!;
    fired.set(`e${i}`, performance.now());
    await client.userEvent(`e${i}`, payload, { coalesce: false });
    await delay(gap * (0.5 + Math.random()));
  }
  return fired;
}

/** Fires at one agent; returns the events accepted a second, and the percentage delivered. */
async function offer(
  subject: Subject,
  seconds: number,
  rate: number,
): Promise<{ readonly rate: number; readonly share: number }> {
  await using cluster = await AgentCluster.form(subject, flooded);
  const received = await eventTimes(cluster.agents);
  const { client } = cluster.agents[0]!;
  const startedAt = performance.now();
  const passed = () => (performance.now() - startedAt) / 1000;
  let fired = 0;
  const work = async () => {
    while (passed() < seconds) {
      if (fired > rate * passed()) await delay(1);
      else await client.userEvent(`f${fired++}`, payload, { coalesce: false });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const took = passed();

  const delivered = () => received.values().reduce((sum, { size }) => sum + size, 0);
  const limit = performance.now() + floodLimit;
  let [count, changedAt] = [delivered(), performance.now()];
  while (performance.now() < Math.min(limit, changedAt + silence)) {
    await delay(100);
    if (delivered() > count) [count, changedAt] = [delivered(), performance.now()];
  }
  return { rate: fired / took, share: 100 * count / (fired * flooded) };
}

/** Runs what fires events, and measures what each has sent where that can be counted. */
async function withTraffic(events: number, run: () => Promise<void>): Promise<Measurement[]> {
  if (folderInOwnNetwork() === undefined) {
    await run();
    return [];
  }
  const reading = async () => ({ traffic: await readGossip(), at: performance.now() });
  await countGossip();
  const start = await reading();
  await delay(quiet);
  const middle = await reading();
  await run();
  const end = await reading();
  await stopCounting();
  const { packets, bytes } = trafficPerEvent(
    trafficBetween(middle.traffic, end.traffic),
    end.at - middle.at,
    trafficBetween(start.traffic, middle.traffic),
    middle.at - start.at,
    events,
  );
  return [
    measured("packets per event, all agents", packets, "", ratioAtMost(1)),
    measured("bytes per event, all agents", bytes, "B", ratioAtMost(1)),
  ];
}
