/** Many that join at once: how long it takes until all know all. */

import { SimCluster } from "../../../src/sim/sim_cluster.ts";
import { median } from "../../lab/statistics.ts";
import { type Trial, tuned } from "./trial.ts";

const trials: readonly Trial[] = [
  { name: "as it is" },
  { name: "no exchange out of turn", tuning: { growthIntervals: 10_000 } },
  { name: "after 1/32 more members", tuning: { growthShare: 1 / 32 } },
  { name: "after 1/2 more members", tuning: { growthShare: 1 / 2 } },
  { name: "1 interval later", tuning: { growthIntervals: 1 } },
  { name: "6 intervals later", tuning: { growthIntervals: 6 } },
];

/** The table's rows, titles first. */
export function joins(members: number, seeds: number): string[][] {
  return [
    ["gossip", "all agreed p50, s", "last, s", "exchanges per member"],
    ...trials.map((trial) => [trial.name, ...run(trial, members, seeds)]),
  ];
}

/** Lets all members join one within a moment, again and again. */
function run(trial: Trial, members: number, seeds: number): string[] {
  const times: number[] = [];
  let exchanges = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const cluster = new SimCluster({
      members,
      seed,
      keepsSnapshots: false,
      keepsEvents: false,
      ...tuned(trial),
    });
    cluster.form();
    times.push((cluster.settle(60_000) ?? NaN) / 1000);
    cluster.clock.advance(15_000);
    exchanges += cluster.network.tally.exchanges;
  }
  return [
    median(times).toFixed(1),
    Math.max(...times).toFixed(1),
    (exchanges / seeds / members).toFixed(2),
  ];
}
