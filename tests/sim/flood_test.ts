/** More events than a cluster can be told of at once. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { SimCluster } from "../../src/sim/sim_cluster.ts";

function settled(members: number): SimCluster {
  const cluster = new SimCluster({ members, keepsSnapshots: false });
  cluster.form();
  ok(cluster.settle(60_000) !== undefined);
  cluster.clock.advance(10_000);
  return cluster;
}

/** How many user events each member heard. */
function heard(cluster: SimCluster): number[] {
  return cluster.members.map(({ events }) =>
    events.filter(({ event }) => event.type === "user").length
  );
}

/** Lets a member fire events as fast as they are let in; returns how many were fired so far. */
function flood(cluster: SimCluster, member: number, count: number): () => number {
  let fired = 0;
  const core = cluster.core(member);
  const next = () => {
    if (fired >= count) return;
    ok(core.userEvent("load", Uint8Array.of(member, fired >> 8, fired), { coalesce: false }).ok);
    fired++;
    // As a client that fires the next one when it has its answer.
    cluster.clock.after(0.05, () => core.whenEventFits(next));
  };
  core.whenEventFits(next);
  return () => fired;
}

Deno.test("a flood from one member arrives whole, at more than a thousand events a second", () => {
  const cluster = settled(10);
  const count = 5000;
  const fired = flood(cluster, 3, count);
  const startedAt = cluster.clock.now();
  ok(cluster.clock.advanceUntil(() => fired() === count, 60_000));
  const rate = count / (cluster.clock.now() - startedAt) * 1000;
  ok(rate > 1000, String(rate));
  cluster.clock.advance(5000);
  ok(heard(cluster).every((each) => each === count), String(heard(cluster)));
});

Deno.test("floods from all members at once arrive whole", () => {
  const cluster = settled(10);
  const count = 600;
  const fired = cluster.members.map(({ index }) => flood(cluster, index, count));
  ok(cluster.clock.advanceUntil(() => fired.every((each) => each() === count), 60_000));
  cluster.clock.advance(5000);
  ok(heard(cluster).every((each) => each === 10 * count), String(heard(cluster)));
});

Deno.test("a member that fell behind says how many events came too late", () => {
  const cluster = settled(3);
  cluster.network.quality.latency = 5000;
  ok(cluster.core(0).userEvent("slow", undefined, { coalesce: false }).ok);
  cluster.network.quality.latency = 0.5;
  const fired = flood(cluster, 0, 1000);
  ok(cluster.clock.advanceUntil(() => fired() === 1000, 4000));
  const late = () => cluster.members.map(({ core }) => core!.stats().get("events_late"));
  deepStrictEqual(late(), [undefined, undefined, undefined]);
  cluster.clock.advance(5000);
  ok(late().some((count) => Number(count) > 0), String(late()));
});
