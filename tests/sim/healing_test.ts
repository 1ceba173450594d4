/** Clusters that were broken for longer than anything is remembered, and heal all the same. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { SerfConfig } from "../../src/serf/config.ts";
import { SimCluster, type SimClusterOptions } from "../../src/sim/sim_cluster.ts";
import { RecordingLog } from "../support/recorders.ts";

const minute = 60_000;

/** A cluster that has formed, and the logs of its members. */
function formed(
  members: number,
  settings: Partial<SerfConfig> = {},
  options: Partial<SimClusterOptions> = {},
) {
  const logs = Array.from({ length: members }, () => new RecordingLog());
  const cluster = new SimCluster({
    members,
    seed: 5,
    settings: () => settings,
    log: (index) => logs[index]!,
    ...options,
  });
  cluster.form();
  ok(cluster.settle(30_000) !== undefined);
  cluster.clock.advance(5000);
  return { cluster, logs };
}

function statusOf(cluster: SimCluster, viewer: number, subject: number): string | undefined {
  return cluster.core(viewer).member(`node-${subject}`)?.status;
}

Deno.test("two halves that forgot each other find each other again", () => {
  const { cluster } = formed(6, { reconnectTimeout: 2 * minute, reapInterval: 15_000 });
  cluster.partition(({ index }) => index % 2);
  cluster.clock.advance(60 * minute);
  strictEqual(statusOf(cluster, 0, 1), undefined);
  strictEqual(statusOf(cluster, 1, 0), undefined);

  cluster.heal();
  ok(cluster.settle(20 * minute) !== undefined);
});

Deno.test("a node that was started while nobody could be reached finds its cluster later", () => {
  const { cluster } = formed(4);
  cluster.crash(3);
  cluster.partition(({ index }) => index === 3 ? 1 : 0);
  cluster.core(0).forceLeave("node-3", { prune: true }, () => {});
  cluster.clock.advance(minute);
  cluster.core(0).forceLeave("node-3", { prune: true }, () => {});
  cluster.clock.advance(minute);
  strictEqual(statusOf(cluster, 0, 3), undefined);

  cluster.start(3);
  cluster.clock.advance(10 * minute);
  strictEqual(cluster.core(3).members().length, 1);
  cluster.heal();
  ok(cluster.settle(20 * minute) !== undefined);
});

Deno.test("a node finds its cluster through members that had failed before it crashed", () => {
  const { cluster } = formed(3);
  cluster.crash(1);
  cluster.crash(2);
  cluster.clock.advance(2 * minute);
  deepStrictEqual([1, 2].map((index) => statusOf(cluster, 0, index)), ["failed", "failed"]);
  cluster.crash(0);

  // The others come back without a memory, so that only node-0 knows whom to look for.
  for (const index of [1, 2]) {
    cluster.member(index).journal.replace([]);
    cluster.start(index);
  }
  cluster.start(0);
  ok(cluster.settle(10 * minute) !== undefined);
});

Deno.test("a mass restart needs no refutation, because incarnations survive it", () => {
  const { cluster, logs } = formed(20);
  const refutations = () =>
    logs.flatMap(({ lines }) => lines.filter((line) => line.includes("Refuting"))).length;
  // So that the last life ends with an incarnation above the first one.
  for (let index = 0; index < 20; index++) cluster.core(index).setTags({ v: "2" }, () => {});
  cluster.clock.advance(10_000);
  const before = refutations();
  for (let index = 0; index < 20; index++) cluster.crash(index);
  for (let index = 0; index < 20; index++) cluster.start(index);
  ok(cluster.settle(minute) !== undefined);
  cluster.clock.advance(minute);
  strictEqual(refutations() - before, 0);
  const self = cluster.core(7).inspect().peers.find(({ name }) => name === "node-7");
  ok(self!.incarnation >= 3, `incarnation ${self!.incarnation}`);
});

Deno.test("force-leave on a member that lives un-sticks by itself, wherever it was heard", () => {
  const { cluster } = formed(4);
  // The intent is made while its maker is alone, so that it reaches nobody else.
  cluster.partition(({ index }) => index === 0 ? 0 : 1);
  cluster.core(0).forceLeave("node-2", { prune: false }, () => {});
  cluster.clock.advance(1000);
  strictEqual(statusOf(cluster, 0, 2), "leaving");
  cluster.heal();
  ok(cluster.settle(2 * minute) !== undefined);
  strictEqual(statusOf(cluster, 0, 2), "alive");
});

Deno.test("a pruned member is not brought back by who was cut off meanwhile", () => {
  const { cluster } = formed(5, {}, {
    membership: (index) => index === 4 ? { pushPullInterval: 200 } : {},
  });
  // node-4 sleeps through all of it, and wakes up with its old picture of the world.
  cluster.member(4).process!.freeze(10 * minute);
  cluster.crash(3);
  cluster.clock.advance(2 * minute);
  strictEqual(statusOf(cluster, 0, 3), "failed");
  cluster.core(0).forceLeave("node-3", { prune: true }, () => {});
  cluster.clock.advance(8 * minute - 1000);
  for (const index of [0, 1, 2]) strictEqual(statusOf(cluster, index, 3), undefined);

  cluster.clock.advance(10 * minute);
  for (const index of [0, 1, 2]) {
    const joins = cluster.member(index).events.filter(({ event }) =>
      event.type === "member-join" && event.members[0]?.name === "node-3"
    );
    strictEqual(joins.length, 1);
    strictEqual(statusOf(cluster, index, 3), undefined);
  }

  // But a new life of it is welcome, even one that counts from the beginning.
  cluster.member(3).journal.replace([]);
  cluster.start(3);
  cluster.join(3, [0]);
  ok(cluster.settle(2 * minute) !== undefined);
});

Deno.test("a cluster that was cut in two for a minute is whole within two seconds", () => {
  for (const members of [10, 20]) {
    for (let round = 0; round < 4; round++) {
      const { cluster } = formed(members, {}, { seed: round + 1 });
      cluster.partition(({ index }) => index < members / 2 ? 0 : 1);
      cluster.clock.advance(minute + round * 9000);
      strictEqual(statusOf(cluster, 0, members - 1), "failed");
      cluster.heal();
      const time = cluster.settle(30_000);
      ok(time !== undefined && time <= 2000, `${members} members, round ${round}: ${time} ms`);
    }
  }
});

Deno.test("members that stood still for five seconds call nobody failed, and are not called so", () => {
  const { cluster } = formed(20);
  for (let index = 10; index < 20; index++) cluster.member(index).process!.freeze(5000);
  cluster.clock.advance(30_000);
  const failures = cluster.members.flatMap(({ name, events }) =>
    events.flatMap(({ event }) =>
      event.type === "member-failed" ? event.members.map((member) => `${name}: ${member.name}`) : []
    )
  );
  deepStrictEqual(failures, []);
});
