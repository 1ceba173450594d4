/** Many members that join at once: how long it takes until all list all. */

import { SimCluster } from "../../../src/sim/sim_cluster.ts";
import { median } from "../../lab/statistics.ts";
import { asItIs, type Trial, trialRows, tuned, vary } from "./trial.ts";

const trials: readonly Trial[] = [
  asItIs,
  { name: "no extra exchange", tuning: { growthIntervals: 10_000 } },
  ...vary("growthShare", 1 / 32, 1 / 2),
  ...vary("growthIntervals", 1, 6),
];
const titles = ["all agreed p50, s", "last, s", "exchanges per member"];

export function joins(members: number, seeds: number): string[][] {
  return trialRows(titles, trials, (trial) => {
    const times: number[] = [];
    let exchanges = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const kept = { keepsSnapshots: false, keepsEvents: false };
      const cluster = new SimCluster({ members, seed, ...kept, ...tuned(trial) });
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
  });
}
