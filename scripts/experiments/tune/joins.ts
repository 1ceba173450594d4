/** Many members that join at once, or that a partition parted: how long until all list all. */

import { formatAddress } from "../../../src/ports/address.ts";
import { SimCluster } from "../../../src/sim/sim_cluster.ts";
import { percentile } from "../../lab/statistics.ts";
import { asItIs, type Trial, trialRows, tuned, vary } from "./trial.ts";

const never = 10_000;
const joiningTrials: readonly Trial[] = [
  asItIs,
  { name: "no extra exchange", tuning: { growthIntervals: never } },
  ...vary("growthIntervals", 2, 6),
];
const healingTrials: readonly Trial[] = [
  asItIs,
  { name: "no extra exchange after growth", tuning: { growthShare: never } },
  ...vary("growthShare", 1 / 32, 1 / 2),
];
const titles = ["all agreed p50, s", "p90, s", "last, s", "exchanges per member"];

/** Rows of members that all start and join through one of them. */
export function joins(members: number, seeds: number): string[][] {
  return trialRows(titles, joiningTrials, (trial) => run(trial, members, seeds, () => {}));
}

/** Rows of a cluster of which a quarter was cut off for a minute. */
export function heals(members: number, seeds: number): string[][] {
  return trialRows(titles, healingTrials, (trial) =>
    run(trial, members, seeds, (cluster) => {
      const { clock, network } = cluster;
      cluster.settle(60_000);
      clock.advance(30_000);
      const part = new Set(
        cluster.members.slice(0, members / 4).map(({ address }) => formatAddress(address)),
      );
      network.cut((from, to) => part.has(from) === part.has(to));
      clock.advance(60_000);
      network.cut(undefined);
    }));
}

function run(
  trial: Trial,
  members: number,
  seeds: number,
  prepare: (cluster: SimCluster) => void,
): string[] {
  const times: number[] = [];
  let exchanges = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const kept = { keepsSnapshots: false, keepsEvents: false };
    const cluster = new SimCluster({ members, seed, ...kept, ...tuned(trial) });
    cluster.form();
    prepare(cluster);
    const before = cluster.network.tally.exchanges;
    times.push((cluster.settle(60_000) ?? NaN) / 1000);
    cluster.clock.advance(15_000);
    exchanges += cluster.network.tally.exchanges - before;
  }
  return [
    ...[0.5, 0.9, 1].map((share) => percentile(times, share).toFixed(1)),
    (exchanges / seeds / members).toFixed(2),
  ];
}
