/**
 * Tables of events: how long one takes to the last member (median, and 99 of 100), what it
 * costs each member in packets, and how many members it never reached.
 */

import { gossipTuning } from "../../../src/memberlist/gossip_tuning.ts";
import type { Milliseconds } from "../../../src/ports/clock.ts";
import { referenceTicks } from "../../../src/sim/reference_ticks.ts";
import { percentile } from "../../lab/statistics.ts";
import { eventTimes, fireEvents } from "./event_times.ts";
import { settled, type Trial } from "./trial.ts";

/** What one row of such a table changes. */
export interface EventTrial extends Trial {
  readonly gossipNodes?: number;
  /** The share of members that keep to ticks: they stand for those of other makes. */
  readonly ticking?: number;
}

/** The table's rows, titles first; events come so many milliseconds one after the other. */
export function eventRows(
  trials: readonly EventTrial[],
  members: number,
  events: number,
  pause: Milliseconds,
): string[][] {
  return [
    ["gossip", "last p50, ms", "last p99, ms", "packets per member", "missing"],
    ...trials.map((trial) => [trial.name, ...run(trial, members, events, pause)]),
  ];
}

function run(trial: EventTrial, members: number, events: number, pause: Milliseconds): string[] {
  const { gossipNodes = 3, loss = 0, ticking = 0, tuning = {} } = trial;
  const cluster = settled(members, {
    membership: (index) => ({
      gossipNodes,
      gossipTuning: {
        ...(index % 10 < 10 * ticking && (ticking === 1 || index % 2 === 1)
          ? referenceTicks(`node-${index}`)
          : gossipTuning),
        ...tuning,
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
  const firedAt = fireEvents(cluster, events, 32, () => pause * (0.5 + random.uniform()));
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
