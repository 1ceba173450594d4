import { ok, strictEqual, throws } from "node:assert/strict";
import { SimCluster } from "../../../src/sim/sim_cluster.ts";

/** A cluster that has formed. */
function formed(members: number, seed = 1): SimCluster {
  const cluster = new SimCluster({ members, seed });
  cluster.form();
  ok(cluster.settle(30_000) !== undefined);
  return cluster;
}

/** How a member sees the others: `alive failed left`, each a number. */
function view(cluster: SimCluster, index: number): string {
  const statuses = cluster.core(index).members().map(({ status }) => status);
  const count = (wanted: string) => statuses.filter((status) => status === wanted).length;
  return `${count("alive")} ${count("failed")} ${count("left")}`;
}

Deno.test("SimCluster.form() makes one cluster, and events say when it happened", () => {
  const cluster = formed(8);
  strictEqual(view(cluster, 3), "8 0 0");
  ok(cluster.core(2).userEvent("deploy", undefined, { coalesce: false }).ok);
  cluster.clock.advance(5000);
  for (const { events } of cluster.members) {
    const [event] = events.filter(({ event }) => event.type === "user");
    ok(event && event.at > 1000 && event.at <= cluster.clock.now());
  }
});

Deno.test("SimCluster's members share what they all know of a member, so that large clusters fit", () => {
  const cluster = formed(5);
  const seenBy = (viewer: number) =>
    cluster.core(viewer).inspect().peers.find(({ name }) => name === "node-1")!;
  const [first, second] = [seenBy(2), seenBy(3)];
  ok(first !== second);
  for (const field of ["ip", "address"] as const) {
    strictEqual(first[field], second[field], field);
  }
  const pictures = [2, 3].map((viewer) => cluster.core(viewer).member("node-1")!);
  strictEqual(pictures[0]!.address, pictures[1]!.address);
  strictEqual(pictures[0]!.address, first.address);
});

Deno.test("SimCluster gives the same history for one seed and another for the next", () => {
  const outcome = (seed: number) => {
    const cluster = formed(6, seed);
    cluster.clock.advance(10_000);
    return JSON.stringify(cluster.network.tally);
  };
  strictEqual(outcome(4), outcome(4));
  ok(outcome(4) !== outcome(5));
});

Deno.test("SimCluster.crash() and start() kill a member and bring it back", () => {
  const cluster = formed(6);
  cluster.crash(2);
  strictEqual(cluster.running().length, 5);
  ok(cluster.settle(60_000) !== undefined);
  strictEqual(view(cluster, 0), "5 1 0");

  cluster.start(2);
  ok(cluster.settle(60_000) !== undefined);
  strictEqual(view(cluster, 2), "6 0 0");
  strictEqual(cluster.member(2).lives, 2);
});

Deno.test("SimCluster.leave() says goodbye before the member stops", () => {
  const cluster = formed(4);
  cluster.leave(1);
  ok(cluster.settle(30_000) !== undefined);
  strictEqual(view(cluster, 0), "3 0 1");
  strictEqual(cluster.member(1).core, undefined);
});

Deno.test("SimCluster.partition() splits the cluster until heal()", () => {
  const cluster = formed(6);
  cluster.partition(({ index }) => index % 2);
  cluster.clock.advance(60_000);
  strictEqual(cluster.isAgreed(), false);
  strictEqual(view(cluster, 0), "3 3 0");
  cluster.heal();
  ok(cluster.settle(300_000) !== undefined);
  strictEqual(view(cluster, 0), "6 0 0");
});

Deno.test("SimCluster takes settings for each member, and refuses impossible sizes", () => {
  const cluster = new SimCluster({
    members: 2,
    settings: (index) => ({ tags: { role: index === 0 ? "web" : "db" } }),
    link: { latency: 20, jitter: 0 },
  });
  cluster.form();
  cluster.settle(30_000);
  strictEqual(cluster.core(0).member("node-1")?.tags.role, "db");
  strictEqual(cluster.network.quality.latency, 20);
  throws(() => new SimCluster({ members: 0 }), /1 to 65536 members, not 0/);
});

Deno.test("SimCluster.watchSeeds() joins whoever is missing, for as long as the member runs", () => {
  const cluster = new SimCluster({ members: 3, keepsSnapshots: false });
  cluster.startAll();
  cluster.partition(({ index }) => index === 2 ? 1 : 0);
  cluster.watchSeeds(0, [1, 2]);
  cluster.clock.advance(30_000);
  strictEqual(view(cluster, 0), "2 0 0");
  cluster.heal();
  ok(cluster.settle(60_000) !== undefined);
});
