/** Nodes that learn how far they are from each other, and forget it again. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { distance, freshCoordinate } from "../../src/coordinate/coordinate.ts";
import { SerfWorld } from "../support/serf_world.ts";

Deno.test("members learn where the others are, and how far that is", () => {
  const world = new SerfWorld();
  world.network.quality.latency = 20;
  world.network.quality.jitter = 0;
  const nodes = world.startCluster(["a", "b", "c"]);
  world.clock.advance(10 * 60_000);
  for (const { core } of nodes) {
    const own = core.coordinate();
    ok(own && own.error < 0.5);
    deepStrictEqual(core.cachedCoordinate(core.self.name), own);
    for (const other of nodes) {
      if (other.core === core) continue;
      const there = core.cachedCoordinate(other.core.self.name);
      ok(there);
      const roundTrip = 1000 * distance(own, there);
      ok(Math.abs(roundTrip - 40) < 8, `${roundTrip} ms`);
    }
    strictEqual(core.stats().get("coordinate_resets"), "0");
  }
});

Deno.test("a member that is forgotten takes its coordinate along", () => {
  const world = new SerfWorld();
  const [a, b] = world.startCluster(["a", "b", "c"]);
  world.clock.advance(30_000);
  ok(a!.core.cachedCoordinate("b"));
  world.kill(b!);
  world.clock.advance(60_000);
  strictEqual(a!.core.member("b")?.status, "failed");
  ok(a!.core.cachedCoordinate("b"));

  a!.core.forceLeave("b", { prune: true }, () => {});
  world.clock.advance(10_000);
  strictEqual(a!.core.member("b"), undefined);
  strictEqual(a!.core.cachedCoordinate("b"), undefined);
});

Deno.test("a member without coordinates neither tells nor keeps any", () => {
  const world = new SerfWorld();
  const [a] = world.startCluster(["a", "b"]);
  const silent = world.start("silent", { settings: { disableCoordinates: true } });
  world.join(silent, a!);
  world.clock.advance(60_000);
  strictEqual(silent.core.coordinate(), undefined);
  strictEqual(silent.core.cachedCoordinate("a"), undefined);
  strictEqual(silent.core.stats().has("coordinate_resets"), false);
  strictEqual(a!.core.cachedCoordinate("silent"), undefined);
  ok(a!.core.cachedCoordinate("b"));
  strictEqual(a!.core.member("silent")?.status, "alive");
});

Deno.test("a coordinate begins at the origin", () => {
  const { core } = new SerfWorld().start("a");
  deepStrictEqual(core.coordinate(), freshCoordinate());
  deepStrictEqual(core.cachedCoordinate("a"), freshCoordinate());
  strictEqual(core.cachedCoordinate("b"), undefined);
});
