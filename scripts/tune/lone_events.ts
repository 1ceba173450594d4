/**
 * Events that come one at a time: how long one takes to the last member (median, and 99
 * of 100), what it costs each member in packets, and how many members it never reached.
 */

import { hearers } from "../../src/memberlist/flood_graph.ts";
import { gossipTuning } from "../../src/memberlist/gossip_tuning.ts";
import { percentile } from "../bench/statistics.ts";
import { eventTimes } from "./event_times.ts";
import { settled, type Trial } from "./trial.ts";

interface LoneEventTrial extends Trial {
  readonly gossipNodes?: number;
  /** The share of members that keep to ticks: they stand for those of other makes. */
  readonly ticking?: number;
}

const trials: readonly LoneEventTrial[] = [
  { name: "as it is" },
  { name: "ticks alone, random peers", ticking: 1 },
  { name: "every second member at ticks", ticking: 0.5 },
  { name: "round gap 2 ms", tuning: { roundGap: 2 } },
  { name: "round gap 50 ms", tuning: { roundGap: 50 } },
  { name: "round gap 200 ms", tuning: { roundGap: 200 } },
  { name: "backup after 1/10 interval", tuning: { backupShare: 0.1 } },
  { name: "backup after 1/2 interval", tuning: { backupShare: 0.5 } },
  { name: "repair after 1 interval", tuning: { repairIntervals: 1 } },
  { name: "repair after 4 intervals", tuning: { repairIntervals: 4 } },
  { name: "2 rounds saved", tuning: { savedRounds: 2 } },
  { name: "40 rounds saved", tuning: { savedRounds: 40 } },
  { name: "2 peers a round", gossipNodes: 2 },
  { name: "4 peers a round", gossipNodes: 4 },
  { name: "5 % lost", loss: 0.05 },
  { name: "5 % lost, ticks alone", loss: 0.05, ticking: 1 },
  { name: "5 % lost, every second at ticks", loss: 0.05, ticking: 0.5 },
  { name: "5 % lost, backup after 1/10 interval", loss: 0.05, tuning: { backupShare: 0.1 } },
  { name: "5 % lost, backup after 1/2 interval", loss: 0.05, tuning: { backupShare: 0.5 } },
  { name: "5 % lost, repair after 1 interval", loss: 0.05, tuning: { repairIntervals: 1 } },
  { name: "5 % lost, repair after 4 intervals", loss: 0.05, tuning: { repairIntervals: 4 } },
];

/** The table's rows, titles first. */
export function loneEvents(members: number, events: number): string[][] {
  return [
    ["gossip", "last p50, ms", "last p99, ms", "packets per member", "missing"],
    ...trials.map((trial) => [trial.name, ...run(trial, members, events)]),
  ];
}

function run(trial: LoneEventTrial, members: number, events: number): string[] {
  const { gossipNodes = 3, loss = 0, ticking = 0, tuning = {} } = trial;
  const cluster = settled(members, {
    membership: (index) => ({
      gossipNodes,
      gossipTuning: {
        ...gossipTuning,
        ...tuning,
        ticksOnly: index % 10 < 10 * ticking && (ticking === 1 || index % 2 === 1),
      },
    }),
  });
  const { clock, network, random } = cluster;
  const idleFrom = network.tally.packetsSent;
  clock.advance(10_000);
  const idle = (network.tally.packetsSent - idleFrom) / 10_000;

  network.quality.loss = loss;
  const startedAt = clock.now();
  const before = network.tally.packetsSent;
  const firedAt: number[] = [];
  for (let i = 0; i < events; i++) {
    firedAt.push(clock.now());
    cluster.core(random.below(members)).userEvent(`e${i}`, new Uint8Array(32), { coalesce: false });
    clock.advance(150 + 300 * random.uniform());
  }
  clock.advance(4000);
  const packets = network.tally.packetsSent - before - idle * (clock.now() - startedAt);

  const { last, missing } = eventTimes(cluster, firedAt);
  return [
    percentile(last, 0.5).toFixed(1),
    percentile(last, 0.99).toFixed(1),
    (packets / events / members).toFixed(2),
    String(missing),
  ];
}

/** How many steps the graph needs from its worst place. */
export function graphDepth(members: number, count: number): number {
  const heard = new Set([0]);
  let wave = [0];
  let steps = 0;
  while (wave.length > 0) {
    wave = wave.flatMap((place) => hearers(place, members, count))
      .filter((place) => !heard.has(place) && heard.add(place));
    if (wave.length > 0) steps++;
  }
  return steps;
}
