/**
 * Prints the tables behind the constants of gossip, from simulations:
 *
 *     deno task tune [--members=10,40,100] [--events=40] [--seeds=20]
 *
 * Each row changes one constant. First come lone events: how long one takes to the last
 * member (median, and 99 of 100), what it costs each member in packets, and how many
 * members it never reached. Members that keep to ticks stand for those of other makes.
 * Then floods: how many events a second one member is let to fire, and what was lost.
 * Then joins of many members at once: how long it takes until all know all.
 */

import { hearers } from "../src/memberlist/flood_graph.ts";
import { type GossipTuning, gossipTuning } from "../src/memberlist/gossip_tuning.ts";
import { SimCluster, type SimClusterOptions } from "../src/sim/sim_cluster.ts";
import { percentile } from "./bench/statistics.ts";
import { markdownTable } from "./markdown_table.ts";

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

/** A cluster that has finished gossiping about its own beginning. */
function settled(
  members: number,
  membership: NonNullable<SimClusterOptions["membership"]>,
): SimCluster {
  const cluster = new SimCluster({ members, seed: 7, keepsSnapshots: false, membership });
  cluster.form();
  if (cluster.settle(600_000) === undefined) throw new Error("The cluster does not form");
  cluster.clock.advance(15_000);
  return cluster;
}

function run(trial: Trial, members: number, events: number): string[] {
  const { gossipNodes = 3, loss = 0, ticking = 0, tuning = {} } = trial;
  const cluster = settled(members, (index) => ({
    gossipNodes,
    gossipTuning: {
      ...gossipTuning,
      ...tuning,
      ticksOnly: index % 10 < 10 * ticking && (ticking === 1 || index % 2 === 1),
    },
  }));
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
  for (const line of markdownTable(rows)) console.log(line);
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

/** Ways to treat more events than can be told. */
const floods: readonly Omit<Trial, "ticking">[] = [
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

/** With fewer that join at once, gossip misses hardly anybody. */
const fewestJoining = 90;

/** Ways to make up for what gossip about newcomers missed. */
const storms: readonly Omit<Trial, "ticking">[] = [
  { name: "as it is" },
  { name: "no exchange out of turn", tuning: { catchUpIntervals: 10_000 } },
  { name: "after 1/32 more members", tuning: { catchUpShare: 1 / 32 } },
  { name: "after 1/2 more members", tuning: { catchUpShare: 1 / 2 } },
  { name: "1 interval later", tuning: { catchUpIntervals: 1 } },
  { name: "6 intervals later", tuning: { catchUpIntervals: 6 } },
];

function tuned({ tuning = {} }: Trial): () => { gossipTuning: GossipTuning } {
  return () => ({ gossipTuning: { ...gossipTuning, ...tuning } });
}

/** Fires events for two seconds from half the members, as fast as they are let. */
function runFlood(trial: Trial, members: number): string[] {
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

/** Lets all members join one within a moment, again and again. */
function runStorm(trial: Trial, members: number, seeds: number): string[] {
  const times: number[] = [];
  let exchanges = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const cluster = new SimCluster({
      members,
      seed,
      keepsSnapshots: false,
      keepsEvents: false,
      membership: tuned(trial),
    });
    cluster.form();
    times.push((cluster.settle(60_000) ?? NaN) / 1000);
    cluster.clock.advance(15_000);
    exchanges += cluster.network.tally.exchanges;
  }
  return [
    percentile(times, 0.5).toFixed(1),
    Math.max(...times).toFixed(1),
    (exchanges / seeds / members).toFixed(2),
  ];
}

const [events = 40] = numbers("events", "40");
const [seeds = 20] = numbers("seeds", "20");
for (const members of numbers("members", "10,40,100")) {
  const depths = [2, 3, 4].map((count) => `${count}: ${depth(members, count)}`).join(", ");
  console.log(`\n${members} members, ${events} events; steps by peers told first: ${depths}\n`);
  const rows = [["gossip", "last p50, ms", "last p99, ms", "packets per member", "missing"]];
  for (const trial of trials) rows.push([trial.name, ...run(trial, members, events)]);
  printTable(rows);

  console.log("\nFloods\n");
  printTable([
    ["gossip", "fired a second", "missing", "packets per event and member"],
    ...floods.map((trial) => [trial.name, ...runFlood(trial, members)]),
  ]);

  const joining = Math.max(members, fewestJoining);
  console.log(`\nJoins of ${joining} at once\n`);
  printTable([
    ["gossip", "all agreed p50, s", "last, s", "exchanges per member"],
    ...storms.map((trial) => [trial.name, ...runStorm(trial, joining, seeds)]),
  ]);
}
