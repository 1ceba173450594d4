/** Nodes of the same name: the cluster decides, and a node alone decides nothing. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { namesOf, SerfWorld } from "../support/serf_world.ts";
import { badWeather, withSeeds } from "../support/stories.ts";

Deno.test("a newcomer that takes a member's name goes, and the member stays", () => {
  const world = new SerfWorld();
  const [a, b, c] = world.startCluster(["a", "b", "c"]);
  const impostor = world.start("b");
  world.join(impostor, a!);
  world.clock.advance(60_000);

  deepStrictEqual(impostor.endings, ["the name belongs to another node"]);
  strictEqual(impostor.core.state, "shutdown");
  ok(impostor.log.has("warn serf: minority in name conflict resolution, quiting [0 / "));
  strictEqual(b!.core.state, "alive");
  deepStrictEqual(b!.endings, []);
  for (const node of [a!, b!, c!]) deepStrictEqual(namesOf(node, "alive"), ["a", "b", "c"]);
  strictEqual(a!.core.member("b")?.address.host, b!.address.host);
});

Deno.test("two nodes of one name that have nobody to ask both stay", () => {
  const world = new SerfWorld();
  const first = world.start("x");
  const second = world.start("x");
  world.join(second, first);
  world.clock.advance(60_000);
  for (const node of [first, second]) {
    strictEqual(node.core.state, "alive");
    deepStrictEqual(node.endings, []);
    ok(node.log.has("Names must be unique! (Resolution enabled: true)"));
    ok(node.log.has("nobody answered in name conflict resolution, staying"));
  }
});

Deno.test("a node goes by no vote if resolution is switched off", () => {
  const world = new SerfWorld();
  const [a] = world.startCluster(["a", "b", "c"]);
  const impostor = world.start("b", { settings: { nameConflictResolution: false } });
  world.join(impostor, a!);
  world.clock.advance(60_000);
  strictEqual(impostor.core.state, "alive");
  deepStrictEqual(impostor.endings, []);
  ok(impostor.log.has("(Resolution enabled: false)"));
});

Deno.test("a node stopped in the middle of a vote does not end twice", () => {
  const world = new SerfWorld();
  const [a] = world.startCluster(["a", "b", "c"]);
  const impostor = world.start("b");
  world.join(impostor, a!);
  ok(world.clock.advanceUntil(() => impostor.log.has("Names must be unique"), 10_000));
  // The answers are there by then, but the vote is not over.
  world.clock.advance(1500);
  impostor.core.stop();
  ok(impostor.log.has("minority in name conflict resolution"));
  world.clock.advance(60_000);
  deepStrictEqual(impostor.endings, []);
});

withSeeds(
  "in bad weather the newcomer goes, and the member stays",
  "name_conflict_test.ts",
  (seed) => {
    const world = new SerfWorld(seed);
    const [a, b] = world.startCluster(["a", "b", "c", "d", "e"]);
    Object.assign(world.network.quality, badWeather);
    const impostor = world.start("b");
    const retry = () => {
      if (impostor.core.state !== "alive") return;
      impostor.core.join([a!.address], { ignoreOld: false }, () => world.clock.after(1000, retry));
    };
    retry();
    ok(world.clock.advanceUntil(() => impostor.endings.length > 0, 300_000), "the impostor stays");
    world.clock.advance(60_000);
    strictEqual(b!.core.state, "alive");
    deepStrictEqual(b!.endings, []);
    deepStrictEqual(namesOf(a!, "alive"), ["a", "b", "c", "d", "e"]);
    strictEqual(a!.core.member("b")?.address.host, b!.address.host);
  },
);
