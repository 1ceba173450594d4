/** Nodes that go and come back with the snapshot of their earlier life. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MemoryJournal } from "../support/memory_journal.ts";
import { namesOf, SerfWorld, type WorldNode } from "../support/serf_world.ts";

/** The names of the user events that a node heard, sorted: gossip keeps no order. */
function userEvents(node: WorldNode): string[] {
  return node.events.flatMap((event) => event.type === "user" ? [event.name] : []).sort();
}

/** A cluster of a and b, and c with a journal; an event and a query went round. */
function build(settings: { readonly rejoinAfterLeave?: boolean } = {}) {
  const world = new SerfWorld();
  const [a, b] = world.startCluster(["a", "b"]);
  const journal = new MemoryJournal();
  const c = world.start("c", { host: 9, journal, settings });
  strictEqual(world.join(c, a!), 1);
  world.clock.advance(3000);
  for (const name of ["one", "two"]) ok(a!.core.userEvent(name, undefined, { coalesce: false }).ok);
  const handlers = { onAck() {}, onResponse() {}, onDone() {} };
  ok(b!.core.query("load", undefined, {}, handlers).ok);
  world.clock.advance(3000);
  deepStrictEqual(userEvents(c), ["one", "two"]);
  const restart = () => {
    const lines = new MemoryJournal(journal.content);
    return { node: world.start("c", { host: 9, journal: lines, settings }), journal: lines };
  };
  return { world, a: a!, b: b!, c, journal, restart };
}

Deno.test("a node that was killed finds back to its cluster by itself", () => {
  const { world, a, c, restart } = build();
  world.kill(c);
  world.clock.advance(60_000);
  deepStrictEqual(namesOf(a, "failed"), ["c"]);

  const { node } = restart();
  world.clock.advance(5000);
  deepStrictEqual(namesOf(node, "alive"), ["a", "b", "c"]);
  deepStrictEqual(namesOf(a, "alive"), ["a", "b", "c"]);
  ok(node.log.has("info serf: Attempting re-join to previously known node: "));
  ok(node.log.has("info serf: Re-joined to previously known node: "));
});

Deno.test("a node that comes back hears only events that it has not heard", () => {
  const { world, a, c, restart } = build();
  world.kill(c);
  ok(a.core.userEvent("three", undefined, { coalesce: false }).ok);
  world.clock.advance(5000);

  const { node } = restart();
  world.clock.advance(5000);
  deepStrictEqual(userEvents(node), ["three"]);
  deepStrictEqual(node.events.filter((event) => event.type === "query"), []);
});

Deno.test("a node that comes back takes its clocks up where they were", () => {
  const { world, c, restart } = build();
  world.kill(c);
  const before = c.core.stats();
  world.network.cut(() => false);
  const { node } = restart();
  for (const clock of ["member_time", "event_time", "query_time"]) {
    const [then, now] = [Number(before.get(clock)), Number(node.core.stats().get(clock))];
    ok(now >= then && then > 1, `${clock} ${then} ${now}`);
  }
});

Deno.test("a node that left stays away when it is started again", () => {
  const { world, a, c, journal, restart } = build();
  c.core.leave(() => {});
  world.clock.advance(10_000);
  strictEqual(c.core.state, "left");
  c.core.stop();
  ok(journal.content.includes("leave"));

  const { node } = restart();
  world.clock.advance(20_000);
  deepStrictEqual(namesOf(node, "alive"), ["c"]);
  deepStrictEqual(namesOf(a, "left"), ["c"]);
  strictEqual(node.log.has("re-join"), false);
});

Deno.test("a node that left comes back if its snapshot is to outlive that", () => {
  const { world, a, c, restart } = build({ rejoinAfterLeave: true });
  c.core.leave(() => {});
  world.clock.advance(10_000);
  c.core.stop();

  const { node } = restart();
  world.clock.advance(5000);
  ok(node.log.has("info serf: Ignoring previous leave in snapshot"));
  deepStrictEqual(namesOf(node, "alive"), ["a", "b", "c"]);
  deepStrictEqual(namesOf(a, "alive"), ["a", "b", "c"]);
});

Deno.test("a node that nobody of its past answers goes on alone, and says so", () => {
  const { world, a, b, c, restart } = build();
  for (const node of [a, b, c]) world.kill(node);
  const { node, journal } = restart();
  world.clock.advance(60_000);
  ok(node.log.has("warn serf: Failed to re-join any previously known node"));
  deepStrictEqual(namesOf(node, "alive"), ["c"]);
  // They may come back later, so the next start shall look for them again.
  node.core.stop();
  ok(journal.content.some((line) => line.startsWith("alive: a ")));
});

Deno.test("a node that is stopped meanwhile looks for nobody any more", () => {
  const { world, a, b, c, restart } = build();
  for (const node of [a, b, c]) world.kill(node);
  world.network.cut(() => false);
  const { node } = restart();
  node.core.stop();
  const { exchanges } = world.network.tally;
  world.clock.advance(120_000);
  strictEqual(world.network.tally.exchanges, exchanges);
  strictEqual(node.log.has("Failed to re-join"), false);
});

Deno.test("a node notes Serf's own queries too, so that they are not new after a restart", () => {
  const { world, a, c, journal } = build();
  const handlers = { onAck() {}, onResponse() {}, onDone() {} };
  ok(a.core.query("_serf_ping", undefined, {}, handlers).ok);
  world.clock.advance(3000);
  strictEqual(c.events.filter((event) => event.type === "query").length, 1);
  const noted = journal.content.filter((line) => line.startsWith("query-clock: "));
  strictEqual(noted.length, 2);
});

Deno.test("a node notes how late it is even if nothing happens to members", () => {
  const world = new SerfWorld();
  const journal = new MemoryJournal();
  const node = world.start("a", { journal });
  node.core.forceLeave("nobody", { prune: false }, () => {});
  const before = journal.content.length;
  world.clock.advance(500);
  deepStrictEqual(journal.content.slice(before), ["clock: 1"]);
});

Deno.test("a node that comes back at once is not asked again what it was asked", () => {
  for (let seed = 0; seed < 8; seed++) {
    const world = new SerfWorld(seed);
    const [a] = world.startCluster(["a", "b"]);
    const journal = new MemoryJournal();
    const c = world.start("c", { host: 9, journal });
    world.join(c, a!);
    world.clock.advance(3000);
    const handlers = { onAck() {}, onResponse() {}, onDone() {} };
    ok(a!.core.query("load", undefined, {}, handlers).ok);
    const isAsked = () => c.events.some((event) => event.type === "query");
    ok(world.clock.advanceUntil(isAsked, 3000));

    // Others are still telling of the query.
    world.kill(c);
    const again = world.start("c", { host: 9, journal: new MemoryJournal(journal.content) });
    world.clock.advance(3000);
    deepStrictEqual(again.events.filter((event) => event.type === "query"), [], `seed ${seed}`);
  }
});

Deno.test("a node that comes back by itself makes no new join intent, unlike one that joins", () => {
  const { world, a, c, restart } = build();
  const time = () => a.core.stats().get("member_time");
  world.kill(c);
  world.clock.advance(60_000);
  const before = time();

  const { node } = restart();
  world.clock.advance(5000);
  deepStrictEqual(namesOf(a, "alive"), ["a", "b", "c"]);
  strictEqual(time(), before);
  strictEqual(world.join(node, a), 1);
  world.clock.advance(5000);
  ok(Number(time()) > Number(before));
});

Deno.test("a node that is found again by others makes no new join intent either", () => {
  const { world, a, c } = build();
  const time = () => a.core.stats().get("member_time");
  const before = time();
  world.network.cut((from, to) => !from.startsWith("10.0.0.9:") && !to.startsWith("10.0.0.9:"));
  world.clock.advance(60_000);
  deepStrictEqual(namesOf(a, "failed"), ["c"]);
  world.network.cut(undefined);
  ok(world.clock.advanceUntil(() => namesOf(a, "alive").includes("c"), 3_600_000));
  world.clock.advance(5000);
  deepStrictEqual(namesOf(c, "alive"), ["a", "b", "c"]);
  strictEqual(time(), before);
});
