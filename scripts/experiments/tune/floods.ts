/** More events than can be told: how many one member is let to fire, and what was lost. */

import { settled, type Trial, tuned } from "./trial.ts";

const trials: readonly Trial[] = [
  { name: "as it is" },
  { name: "1 first packet a round", tuning: { maxFirstPackets: 1 } },
  { name: "4 first packets a round", tuning: { maxFirstPackets: 4 } },
  { name: "repairs to 3 peers a round", tuning: { maxRepairs: 1 } },
  { name: "repairs to 12 peers a round", tuning: { maxRepairs: 4 } },
  { name: "round gap 5 ms", tuning: { roundGap: 5 } },
  { name: "round gap 20 ms", tuning: { roundGap: 20 } },
  { name: "1/8 of the times admitted", tuning: { admittedShare: 1 / 8 } },
  { name: "1/2 of the times admitted", tuning: { admittedShare: 1 / 2 } },
  { name: "1/8 of the times repaired", tuning: { repairShare: 1 / 8 } },
  { name: "1/2 of the times repaired", tuning: { repairShare: 1 / 2 } },
  { name: "5 % lost", loss: 0.05 },
  { name: "5 % lost, repairs to 3 peers a round", loss: 0.05, tuning: { maxRepairs: 1 } },
  { name: "5 % lost, 1/2 of the times admitted", loss: 0.05, tuning: { admittedShare: 1 / 2 } },
  { name: "5 % lost, 1/8 of the times repaired", loss: 0.05, tuning: { repairShare: 1 / 8 } },
];

/** The table's rows, titles first. */
export function floods(members: number): string[][] {
  return [
    ["gossip", "fired a second", "missing", "packets per event and member"],
    ...trials.map((trial) => [trial.name, ...run(trial, members)]),
  ];
}

/** Fires events for two seconds from half the members, as fast as they are let. */
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
  const heard = cluster.members.reduce(
    (sum, { events }) => sum + events.filter(({ event }) => event.type === "user").length,
    0,
  );
  return [
    (fired / 2).toFixed(0),
    String(fired * members - heard),
    ((network.tally.packetsSent - before) / fired / members).toFixed(3),
  ];
}
