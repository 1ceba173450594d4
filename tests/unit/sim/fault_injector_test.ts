import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FaultInjector } from "../../../src/sim/fault_injector.ts";
import type { Fault } from "../../../src/sim/fault_plan.ts";
import { SimCluster } from "../../../src/sim/sim_cluster.ts";
import { Trace } from "../../../src/sim/trace.ts";

function build(plan: readonly Fault[]) {
  const cluster = new SimCluster({ members: 4, seed: 2 });
  cluster.form();
  ok(cluster.settle(30_000) !== undefined);
  const forgetful: string[] = [];
  const trace = new Trace(cluster.clock);
  const injector = new FaultInjector(cluster, trace, ({ name }) => forgetful.push(name));
  injector.begin(plan);
  return { cluster, injector, trace, forgetful };
}

Deno.test("FaultInjector crashes a member and starts it again in time", () => {
  const { cluster, injector, forgetful } = build([
    { kind: "crash", at: 100, member: 1, lostLines: 2, downtime: 1000 },
    { kind: "crash", at: 200, member: 1, lostLines: 0, downtime: 1000 },
    { kind: "crash", at: 300, member: 2, lostLines: 0, downtime: undefined },
  ]);
  cluster.clock.advance(500);
  strictEqual(cluster.running().length, 2);
  cluster.clock.advance(1000);
  deepStrictEqual(cluster.running().map(({ index }) => index), [0, 1, 3]);
  deepStrictEqual([injector.tally.crash, injector.tally.restart], [2, 1]);
  deepStrictEqual(forgetful, ["node-1"]);
});

Deno.test("FaultInjector counts a passing fault only if it met somebody", () => {
  const { cluster, injector } = build([
    { kind: "cut", at: 0, duration: 5000, members: [0] },
    { kind: "loss", at: 0, duration: 5000, share: 0.5 },
    { kind: "duplication", at: 0, duration: 0, share: 0.5 },
    { kind: "freeze", at: 0, duration: 2000, member: 3 },
  ]);
  cluster.clock.advance(6000);
  const { cut, loss, duplication, freeze } = injector.tally;
  deepStrictEqual({ cut, loss, duplication, freeze }, {
    cut: 1,
    loss: 1,
    duplication: 0,
    freeze: 1,
  });
});

Deno.test("FaultInjector.end() ends what lasts and brings back who was to come", () => {
  const { cluster, injector, trace } = build([
    { kind: "latency", at: 0, duration: 90_000, latency: 300 },
    { kind: "slow", at: 0, duration: 90_000, member: 0, turnCost: 20 },
    { kind: "one-way-cut", at: 0, duration: 90_000, members: [2] },
    { kind: "crash", at: 0, member: 1, lostLines: 0, downtime: 90_000 },
    { kind: "event", at: 50_000, member: 3, name: "never", count: 1 },
  ]);
  cluster.clock.advance(10_000);
  strictEqual(cluster.network.quality.latency, 300);
  injector.end();
  strictEqual(cluster.network.quality.latency, 0.5);
  ok(cluster.settle(120_000) !== undefined);
  strictEqual(cluster.running().length, 4);
  deepStrictEqual([injector.tally.restart, injector.tally.event], [1, 0]);
  ok(trace.lines.some((line) => line.includes("node-1    crash, member 1")));
});

Deno.test("FaultInjector lets users act: leave, ask, fire, change tags, force others out", () => {
  const { cluster, injector } = build([
    { kind: "leave", at: 0, member: 0, downtime: 100 },
    { kind: "query", at: 0, member: 1, relayFactor: 1 },
    { kind: "event", at: 0, member: 2, name: "one", count: 3 },
    { kind: "tags", at: 0, member: 3, value: "v2" },
    { kind: "force-leave", at: 10_000, member: 1, target: 2, prune: true },
  ]);
  cluster.clock.advance(30_000);
  injector.end();
  ok(cluster.settle(60_000) !== undefined);
  const { leave, restart, event, tags } = injector.tally;
  deepStrictEqual([leave, restart, event, tags, injector.tally["force-leave"]], [1, 1, 3, 1, 1]);
  strictEqual(cluster.core(1).member("node-3")?.tags.v, "v2");
  ok(cluster.member(3).events.some(({ event }) => event.type === "query"));
});
