/** How news crosses a cluster: fast, everywhere, and for no more packets than at the old pace. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { retransmitLimit } from "../../src/memberlist/scaling.ts";
import { SimCluster, type SimClusterOptions } from "../../src/sim/sim_cluster.ts";

/** A settled cluster that has finished gossiping about its own beginning. */
function settled(
  members: number,
  seed: number,
  membership: SimClusterOptions["membership"] = () => ({}),
): SimCluster {
  const cluster = new SimCluster({ members, seed, membership, keepsSnapshots: false });
  cluster.form();
  ok(cluster.settle(120_000) !== undefined);
  cluster.clock.advance(10_000);
  return cluster;
}

/** Fires an event, and returns how long each member took to hear it. */
function fire(cluster: SimCluster, origin: number, name: string, patience: number): number[] {
  const firedAt = cluster.clock.now();
  ok(cluster.core(origin).userEvent(name, undefined, { coalesce: false }).ok);
  cluster.clock.advance(patience);
  return cluster.members.flatMap(({ events }) =>
    events.flatMap(({ at, event }) =>
      event.type === "user" && event.name === name ? [at - firedAt] : []
    )
  );
}

Deno.test("an event reaches all of a quiet cluster within hops, and each member once", () => {
  for (const members of [2, 3, 9, 40, 100]) {
    const cluster = settled(members, members);
    for (let round = 0; round < 5; round++) {
      const delays = fire(cluster, round % members, `e${round}`, 3000);
      strictEqual(delays.length, members);
      // A hop takes at most 1 ms here, and nobody is more than five hops away.
      ok(Math.max(...delays) <= 5, `${members} members: ${Math.max(...delays)} ms`);
    }
  }
});

Deno.test("an event is told no more often than the limit says", () => {
  const members = 20;
  const cluster = settled(members, 3);
  const tally = cluster.network.tally;
  const idleFrom = tally.packetsSent;
  cluster.clock.advance(5000);
  const idle = tally.packetsSent - idleFrom;
  const before = tally.packetsSent;
  fire(cluster, 4, "e", 5000);
  const packets = tally.packetsSent - before - idle;
  ok(packets > 0);
  ok(packets <= members * retransmitLimit(4, members), String(packets));
});

Deno.test("events that follow each other share packets, so that they cost fewer", () => {
  const members = 20;
  const cluster = settled(members, 5);
  const tally = cluster.network.tally;
  const idleFrom = tally.packetsSent;
  cluster.clock.advance(12_000);
  const idle = tally.packetsSent - idleFrom;
  const before = tally.packetsSent;
  const events = 40;
  for (let i = 0; i < events; i++) {
    const delays = fire(cluster, i % members, `e${i}`, 150 + cluster.random.uniform() * 300);
    strictEqual(delays.length, members);
  }
  const perMember = (tally.packetsSent - before - idle) / events / members;
  // A round of three each 200 ms, as at the old pace, would be 4.5.
  ok(perMember < 4.5, String(perMember));
});

Deno.test("an event reaches everybody although every fifth packet is lost", () => {
  // Whoever gossip misses by chance hears of it with the next exchange.
  const cluster = settled(40, 7, () => ({ pushPullInterval: 5_000 }));
  cluster.network.quality.loss = 0.2;
  for (let i = 0; i < 20; i++) {
    const delays = fire(cluster, i, `e${i}`, 20_000);
    strictEqual(delays.length, 40, `event ${i}`);
  }
});

Deno.test("news that waits for company is told when it comes", () => {
  const cluster = new SimCluster({ members: 2, keepsSnapshots: false });
  cluster.startAll();
  ok(cluster.core(0).userEvent("early", undefined, { coalesce: false }).ok);
  cluster.clock.advance(60_000);
  cluster.join(1, [0]);
  cluster.clock.advance(2000);
  const names = cluster.member(1).events.flatMap(({ event }) =>
    event.type === "user" ? [event.name] : []
  );
  deepStrictEqual(names, ["early"]);
});
