/**
 * Prints the tables behind the constants of gossip, from simulations:
 *
 *     deno task tune [--members=10,40,100] [--events=40]
 *
 * Each row changes one constant. Columns: how long an event takes to the last member
 * (median, and 99 of 100), what it costs each member in packets, and how many members
 * it never reached. Members that keep to ticks stand for those of other makes.
 */

import { hearers } from "../src/memberlist/flood_graph.ts";
import { type GossipTuning, gossipTuning } from "../src/memberlist/gossip_pace.ts";
import { SimCluster } from "../src/sim/sim_cluster.ts";

/** One way to gossip, in one kind of cluster. */
interface Trial {
  readonly name: string;
  readonly tuning?: Partial<GossipTuning>;
  readonly gossipNodes?: number;
  /** The share of members that keep to ticks. */
  readonly ticking?: number;
  readonly loss?: number;
}

const trials: readonly Trial[] = [
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

function numbers(name: string, initial: string): number[] {
  const given = Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  return (given ?? initial).split(",").map(Number);
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function run(trial: Trial, members: number, events: number): string[] {
  const { gossipNodes = 3, loss = 0, ticking = 0, tuning = {} } = trial;
  const cluster = new SimCluster({
    members,
    seed: 7,
    keepsSnapshots: false,
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
  cluster.form();
  if (cluster.settle(600_000) === undefined) throw new Error("The cluster does not form");
  clock.advance(15_000);
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

  const heard = new Map<string, number[]>();
  for (const { events } of cluster.members) {
    for (const { at, event } of events) {
      if (event.type === "user") heard.set(event.name, [...heard.get(event.name) ?? [], at]);
    }
  }
  let missing = 0;
  const last: number[] = [];
  for (let i = 0; i < events; i++) {
    const times = heard.get(`e${i}`) ?? [];
    missing += members - times.length;
    if (times.length === members) last.push(Math.max(...times) - firedAt[i]!);
  }
  return [
    percentile(last, 0.5).toFixed(1),
    percentile(last, 0.99).toFixed(1),
    (packets / events / members).toFixed(2),
    String(missing),
  ];
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const [index, row] of rows.entries()) {
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
    if (index === 0) console.log(`| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  }
}

/** How many steps the graph needs from its worst place. */
function depth(members: number, count: number): number {
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

const [events = 40] = numbers("events", "40");
for (const members of numbers("members", "10,40,100")) {
  const depths = [2, 3, 4].map((count) => `${count}: ${depth(members, count)}`).join(", ");
  console.log(`\n${members} members, ${events} events; steps by peers told first: ${depths}\n`);
  const rows = [["gossip", "last p50, ms", "last p99, ms", "packets per member", "missing"]];
  for (const trial of trials) rows.push([trial.name, ...run(trial, members, events)]);
  printTable(rows);
}
