/** Changing the keys of a cluster while it works, in any weather: nobody is lost. */

import { ok, strictEqual } from "node:assert/strict";
import { Keyring } from "../../src/memberlist/keyring.ts";
import type { Result } from "../../src/ports/result.ts";
import type { KeyReport, KeyReportHandler } from "../../src/serf/queries/key_manager.ts";
import type { SerfCore } from "../../src/serf/serf_core.ts";
import type { SimCluster } from "../../src/sim/sim_cluster.ts";
import { SerfWorld } from "../support/serf_world.ts";
import { countEvents, story } from "../support/stories.ts";

const file = "key_rotation_test.ts";
const members = 6;
const oldKey = new Uint8Array(32).fill(1);
const newKey = new Uint8Array(16).fill(2);

/** Does a key operation until every member agreed, as an operator does; returns the last report. */
function untilAllAgree(
  cluster: SimCluster,
  operate: (keys: SerfCore["keys"], done: (report: KeyReport) => void) => void,
): KeyReport {
  for (let tries = 1; tries <= 20; tries++) {
    let report: KeyReport | undefined;
    operate(cluster.core(1).keys, (outcome) => report = outcome);
    ok(cluster.clock.advanceUntil(() => report !== undefined, 60_000), "the operation never ended");
    strictEqual(report!.numNodes, members);
    ok(report!.numResp <= members, "somebody answered twice");
    if (report!.numResp === members && report!.numErr === 0) return report!;
  }
  throw new Error("twenty tries were not enough");
}

story("a key is rotated under traffic, and nobody is lost", {
  file,
  members,
  keys: () => [oldKey],
}, (cluster) => {
  const relayed = { relayFactor: 3 };
  let fired = 0;
  const fire = () => {
    if (cluster.core(2).userEvent(`tick-${fired}`, undefined, { coalesce: false }).ok) fired++;
    cluster.clock.after(500, fire);
  };
  fire();

  const unwrap = (done: (report: KeyReport) => void): KeyReportHandler => (result) => {
    ok(result.ok);
    done(result.value);
  };
  untilAllAgree(cluster, (keys, done) => keys.run("install", newKey, relayed, unwrap(done)));
  untilAllAgree(cluster, (keys, done) => keys.run("use", newKey, relayed, unwrap(done)));
  untilAllAgree(cluster, (keys, done) => keys.run("remove", oldKey, relayed, unwrap(done)));
  const { keys, primaryKeys } = untilAllAgree(
    cluster,
    (manager, done) => manager.run("list", undefined, relayed, unwrap(done)),
  );
  strictEqual(keys!.size, 1);
  strictEqual(keys!.get(newKey.toBase64()), members);
  strictEqual(primaryKeys!.get(newKey.toBase64()), members);

  cluster.clock.advance(30_000);
  strictEqual(countEvents(cluster, "member-failed"), 0);
  ok(cluster.isAgreed());
  // Gossip misses hardly anybody, and an exchange brings the rest.
  cluster.clock.advance(60_000);
  const names = new Set(
    cluster.member(5).events.flatMap(({ event }) => event.type === "user" ? [event.name] : []),
  );
  for (let i = 0; i < 10; i++) ok(names.has(`tick-${i}`), `tick-${i} is missing`);
});

story("a member that missed the change of keys is back once it has the key", {
  file,
  members: 5,
  keys: () => [oldKey],
}, (cluster) => {
  const give = (index: number, change: (ring: Keyring) => void) =>
    change(cluster.member(index).keyring!);
  for (const index of [0, 1, 2, 3]) {
    give(index, (ring) => {
      ok(ring.add(newKey).ok && ring.use(newKey).ok && ring.remove(oldKey).ok);
    });
  }
  const isLost = () =>
    [0, 1, 2, 3].every((index) => cluster.core(index).member("node-4")?.status === "failed");
  ok(cluster.clock.advanceUntil(isLost, 120_000));
  give(4, (ring) => ok(ring.add(newKey).ok && ring.use(newKey).ok));
  ok(cluster.settle(300_000) !== undefined);
});

for (const primary of ["old", "new"] as const) {
  for (const operation of ["list", "install", "use"] as const) {
    Deno.test(`keys: ${operation} reaches who has the old key alone, while the ${primary} one seals`, () => {
      const world = new SerfWorld();
      const rings = ["a", "b", "c", "late"].map(() => ringOf(oldKey));
      const nodes = rings.map((keyring, i) => world.start(`node-${i}`, { keyring }));
      for (const node of nodes.slice(1)) world.join(node, nodes[0]!);
      world.clock.advance(5000);
      for (const ring of rings.slice(0, 3)) {
        ok(ring.add(newKey).ok && (primary === "old" || ring.use(newKey).ok));
      }

      let report: KeyReport | undefined;
      const done = (result: Result<KeyReport>) => {
        ok(result.ok);
        report = result.value;
      };
      nodes[0]!.core.keys.run(operation, operation === "list" ? undefined : newKey, {}, done);
      ok(world.clock.advanceUntil(() => report !== undefined, 10_000));
      strictEqual(report!.numResp, 4);
      strictEqual(report!.messages.size, operation === "use" ? 1 : 0);
      strictEqual(rings[3]!.keys.length, operation === "install" ? 2 : 1);
    });
  }
}

function ringOf(...keys: Uint8Array[]): Keyring {
  const ring = Keyring.from(keys);
  ok(ring.ok);
  return ring.value;
}
