/**
 * A thousand whole Serf nodes in virtual time. The goal is that a minute of a
 * settled cluster takes at most ten seconds of one core. `BENCH_MEMBERS` sets another size.
 */

import process from "node:process";
import { SimCluster } from "../../src/sim/sim_cluster.ts";

const members = Number(Deno.env.get("BENCH_MEMBERS") ?? 1000);
const minute = 60_000;

const cluster = new SimCluster({ members, keepsEvents: false, keepsSnapshots: false });

/** Seconds of processor that an action takes, whatever else the machine does. */
function measure(what: string, action: () => void): void {
  const before = process.cpuUsage();
  action();
  const { system, user } = process.cpuUsage(before);
  const turns = cluster.clock.turns.toLocaleString("en");
  const heap = (Deno.memoryUsage().heapUsed / 2 ** 20).toFixed(0);
  const seconds = ((user + system) / 1e6).toFixed(2);
  console.log(`${what}: ${seconds} s of one core, ${turns} turns so far, heap ${heap} MiB`);
}

measure(`${members} members join and settle`, () => {
  cluster.form({ spread: 10_000, seeds: 8 });
  cluster.clock.advance(10_000);
  if (cluster.settle(minute) === undefined) throw new Error("The cluster did not settle");
});
// Until then members still tell each other who joined.
measure("until that news has done its duty", () => cluster.clock.advance(minute));

Deno.bench({
  name: `${members} members for 60 virtual seconds`,
  n: 1,
  warmup: 0,
  fn() {
    measure(`${members} members for 60 virtual seconds`, () => cluster.clock.advance(minute));
    if (!cluster.isAgreed()) throw new Error("The cluster fell apart");
  },
});
