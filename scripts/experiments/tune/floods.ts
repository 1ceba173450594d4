/** More events than gossip can carry: how many one member may fire, and what was lost. */

import { settled } from "../../lab/settled_cluster.ts";
import { asItIs, lossy, type Trial, trialRows, tuned, vary } from "./trial.ts";

const alsoLossy = [
  asItIs,
  ...vary("maxRepairs", 1),
  ...vary("admittedShare", 1 / 2),
  ...vary("repairShare", 1 / 8),
];
const trials = [
  ...alsoLossy,
  ...vary("maxFirstPackets", 1, 4),
  ...vary("maxRepairs", 4),
  ...vary("roundGap", 5, 20),
  ...vary("admittedShare", 1 / 8),
  ...vary("repairShare", 1 / 2),
  ...lossy(alsoLossy),
];
const titles = ["fired a second", "missing", "packets per event and member"];

export function floods(members: number): string[][] {
  return trialRows(titles, trials, (trial) => run(trial, members));
}

/** Fires events for two seconds from half the members, as fast as is allowed. */
function run(trial: Trial, members: number): string[] {
  const cluster = settled(members, tuned(trial));
  const { clock, network } = cluster;
  network.quality.loss = trial.loss ?? 0;
  const end = clock.now() + 2000;
  const before = network.tally.packetsSent;
  let fired = 0;
  for (const { index } of cluster.members.slice(0, members / 2)) {
    const core = cluster.core(index);
    const next = () => {
      if (clock.now() >= end) return;
      core.userEvent(`f${fired++}`, new Uint8Array(32), { coalesce: false });
      clock.after(0.05, () => core.whenEventFits(next));
    };
    core.whenEventFits(next);
  }
  clock.advance(12_000);
  const received =
    cluster.members.flatMap(({ events }) => events.filter(({ event }) => event.type === "user"))
      .length;
  return [
    (fired / 2).toFixed(0),
    String(fired * members - received),
    ((network.tally.packetsSent - before) / fired / members).toFixed(3),
  ];
}
