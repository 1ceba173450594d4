/** User events: how fast they spread, what that costs, and whether all arrive. */

import { encodeText } from "../../../src/bytes/text.ts";
import { AgentCluster } from "../../lab/cluster.ts";
import { measured, type Measurement, toBeNone } from "../../lab/comparison.ts";
import { ratioAtMost } from "../../lab/goal.ts";
import { EventTimes } from "../../lab/hearing.ts";
import { folderInOwnNetwork } from "../../lab/own_network.ts";
import { percentile } from "../../lab/statistics.ts";
import { delay } from "../../lab/waiting.ts";
import {
  countGossip,
  readGossip,
  stopCounting,
  trafficBetween,
  trafficPerEvent,
} from "./gossip_counter.ts";
import type { Measure } from "./scale.ts";

const payload = encodeText("x".repeat(32));
/** Time between events that do not meet. */
const seldom = 300;
/** Whatever arrives later than this was not delivered by gossip. */
const patience = 5000;
/** How long the traffic of a quiet cluster is counted. */
const quiet = 10_000;

/** Measures single events, one after another. */
export const events: Measure = async (subject, scale) => {
  await using cluster = await AgentCluster.form(subject, scale.agents);
  const heard = await EventTimes.of(cluster.agents);
  const last: number[] = [];
  const traffic = await withTraffic(scale.events, async () => {
    const fired = await fire(cluster, scale.events, seldom);
    await delay(patience);
    for (const [event, firedAt] of fired) {
      const times = heard.at(event);
      if (times.length === scale.agents) last.push(Math.max(...times) - firedAt);
    }
  });
  const where = `of ${scale.agents} agents`;
  return [
    measured(`event at the last ${where}, p50`, percentile(last, 0.5), "ms", ratioAtMost(1 / 50)),
    measured(`event at the last ${where}, p99`, percentile(last, 0.99), "ms", ratioAtMost(1 / 10)),
    ...traffic,
  ];
};

/** Measures whether events reach everybody that are fired one close after the other. */
export const delivery: Measure = async (subject, scale) => {
  const measurements: Measurement[] = [];
  for (const size of scale.deliverySizes) {
    await using cluster = await AgentCluster.form(subject, size);
    const heard = await EventTimes.of(cluster.agents);
    // Agents share the machine: more of them take longer over an event.
    const fired = await fire(cluster, scale.deliveries, Math.max(50, 2.5 * size));
    await delay(patience);
    let missing = 0;
    for (const [event, firedAt] of fired) {
      const inTime = heard.at(event).filter((at) => at - firedAt < patience);
      missing += size - inTime.length;
    }
    measurements.push(
      toBeNone(
        `${scale.deliveries} events to ${size} agents: not delivered within ${patience / 1000} s`,
        missing,
      ),
    );
  }
  return measurements;
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
    const event = `e${i}`;
    fired.set(event, performance.now());
    await client.userEvent(event, payload, { coalesce: false });
    await delay(gap * (0.5 + Math.random()));
  }
  return fired;
}

/** Runs what fires events, and tells what each has sent where that can be counted. */
async function withTraffic(events: number, run: () => Promise<void>): Promise<Measurement[]> {
  if (folderInOwnNetwork() === undefined) {
    await run();
    return [];
  }
  await countGossip();
  const readings = [await reading()];
  await delay(quiet);
  readings.push(await reading());
  await run();
  readings.push(await reading());
  await stopCounting();

  const [start, middle, end] = readings as [Reading, Reading, Reading];
  const { packets, bytes } = trafficPerEvent(
    trafficBetween(middle.traffic, end.traffic),
    end.at - middle.at,
    trafficBetween(start.traffic, middle.traffic),
    middle.at - start.at,
    events,
  );
  const goal = ratioAtMost(1);
  return [
    measured("packets per event, all agents", packets, "", goal),
    measured("bytes per event, all agents", bytes, "B", goal),
  ];
}

type Reading = Awaited<ReturnType<typeof reading>>;

async function reading() {
  return { traffic: await readGossip(), at: performance.now() };
}
