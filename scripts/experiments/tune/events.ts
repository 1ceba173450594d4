/**
 * Tables of events: how long one takes to the last member (median, and 99 of 100), what it
 * costs each member in packets, and how many members it never reached.
 */

import { fanout } from "../../../src/memberlist/dissemination/fanout_graph.ts";
import { gossipTuning } from "../../../src/memberlist/gossip_tuning.ts";
import type { Milliseconds } from "../../../src/ports/clock.ts";
import { referenceTicks } from "../../../src/sim/reference_ticks.ts";
import { percentile } from "../../lab/statistics.ts";
import { eventTimes, fireEvents } from "./event_times.ts";
import { settled } from "../../lab/settled_cluster.ts";
import { asItIs, lossy, type Trial, trialRows, vary } from "./trial.ts";

interface EventTrial extends Trial {
  readonly gossipNodes?: number;
  /** The share of members that gossip at ticks, as HashiCorp's do. */
  readonly ticking?: number;
}

const alsoLossy: readonly EventTrial[] = [
  asItIs,
  { name: "ticks alone, random peers", ticking: 1 },
  { name: "every second member at ticks", ticking: 0.5 },
  ...vary("backupShare", 1 / 20, 1 / 4, 1 / 2),
  ...vary("repairIntervals", 1, 4),
];
const lone: readonly EventTrial[] = [
  ...alsoLossy,
  ...vary("roundGap", 2, 50, 200),
  ...vary("bucketRounds", 32, 70),
  { name: "2 peers a round", gossipNodes: 2 },
  { name: "4 peers a round", gossipNodes: 4 },
  ...lossy(alsoLossy),
];
const close: readonly EventTrial[] = [
  asItIs,
  { name: "no rounds reserved", tuning: { bucketRounds: 10, reservedRounds: 0 } },
  { name: "10 rounds reserved", tuning: { bucketRounds: 20, reservedRounds: 10 } },
  { name: "100 rounds reserved", tuning: { bucketRounds: 110, reservedRounds: 100 } },
  ...vary("backupPatience", 1 / 2, 10),
];
const titles = ["last p50, ms", "last p99, ms", "packets per member", "missing"];

/** Rows of events that come one at a time: each reaches all members before the next one comes. */
export function loneEvents(members: number, events: number, seeds: number): string[][] {
  return trialRows(titles, lone, (trial) => run(trial, members, events, 300, seeds));
}

/** Rows of events that come so close that the token bucket is soon empty. */
export function closeEvents(members: number, events: number, seeds: number): string[][] {
  const trials = [...close, ...lossy(close)];
  return trialRows(titles, trials, (trial) => run(trial, members, events, 50, seeds));
}

/** Fires events, `pause` milliseconds apart on average, in a cluster for each seed. */
function run(
  trial: EventTrial,
  members: number,
  events: number,
  pause: Milliseconds,
  seeds: number,
): string[] {
  const all: Milliseconds[] = [];
  let [missed, sent] = [0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const cluster = settled(members, { seed, membership: membershipOf(trial) });
    const { clock, network, random } = cluster;
    const idleFrom = network.tally.packetsSent;
    clock.advance(10_000);
    const idle = (network.tally.packetsSent - idleFrom) / 10_000;

    network.quality.loss = trial.loss ?? 0;
    const startedAt = clock.now();
    const before = network.tally.packetsSent;
    const firedAt = fireEvents(cluster, events, 32, () => pause * (0.5 + random.uniform()));
    clock.advance(4000);
    sent += network.tally.packetsSent - before - idle * (clock.now() - startedAt);

    const { last, missing } = eventTimes(cluster, firedAt);
    all.push(...last);
    missed += missing;
  }
  return [
    percentile(all, 0.5).toFixed(1),
    percentile(all, 0.99).toFixed(1),
    (sent / events / members / seeds).toFixed(2),
    String(missed),
  ];
}

function membershipOf({ gossipNodes = 3, ticking = 0, tuning = {} }: EventTrial) {
  const isTicking = (index: number) =>
    index % 10 < 10 * ticking && (ticking === 1 || index % 2 === 1);
  return (index: number) => ({
    gossipNodes,
    gossipTuning: {
      ...isTicking(index) ? referenceTicks(`node-${index}`) : gossipTuning,
      ...tuning,
    },
  });
}

/** How many steps the fan-out graph needs from its worst place. */
export function graphDepth(members: number, count: number): number {
  const reached = new Set([0]);
  let wave = [0];
  let steps = -1;
  for (; wave.length > 0; steps++) {
    wave = wave.flatMap((place) => fanout(place, members, count))
      .filter((place) => !reached.has(place) && reached.add(place));
  }
  return steps;
}
