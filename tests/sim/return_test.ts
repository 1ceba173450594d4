/** A member that left stays away until it joins by itself or is joined by name. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MemoryJournal } from "../support/memory_journal.ts";
import { namesOf, SerfWorld, type WorldNode } from "../support/serf_world.ts";

/** The user events that a node heard. */
function heard(node: WorldNode): string[] {
  return node.events.flatMap((event) => event.type === "user" ? [event.name] : []);
}

/** A cluster of a, b and c with snapshots: an event goes round, b crashes, then c leaves. */
function build(seed = 1) {
  const world = new SerfWorld(seed);
  const hosts = { a: 1, b: 2, c: 3 };
  const journals = { a: new MemoryJournal(), b: new MemoryJournal(), c: new MemoryJournal() };
  const start = (name: keyof typeof hosts) => {
    const journal = journals[name] = new MemoryJournal(journals[name].content);
    return world.start(name, { host: hosts[name], journal });
  };
  const [a, b, c] = [start("a"), start("b"), start("c")];
  for (const node of [b, c]) strictEqual(world.join(node, a), 1);
  world.clock.advance(3000);
  ok(a.core.userEvent("deploy", undefined, { coalesce: false }).ok);
  world.clock.advance(3000);
  deepStrictEqual([a, b, c].map(heard), [["deploy"], ["deploy"], ["deploy"]]);
  world.kill(b);
  c.core.leave(() => {});
  ok(world.clock.advanceUntil(() => c.core.state === "left", 10_000));
  world.kill(c);
  return { world, a, journals, start };
}

function checkIsAway(world: SerfWorld, a: WorldNode, b: WorldNode, c: WorldNode): void {
  world.clock.advance(3_600_000);
  deepStrictEqual(namesOf(c, "alive"), ["c"]);
  deepStrictEqual([heard(b), heard(c)], [[], []]);
  for (const node of [a, b]) deepStrictEqual(namesOf(node, "alive"), ["a", "b"]);
}

Deno.test("a member that left stays away, though an old snapshot still knows it", () => {
  for (let seed = 0; seed < 8; seed++) {
    const { world, a, start } = build(seed);
    const b = start("b");
    world.clock.advance(500);
    checkIsAway(world, a, b, start("c"));
  }
});

Deno.test("a member that left and is there again stays away from who comes back after it", () => {
  let refusals = 0;
  for (let seed = 0; seed < 8; seed++) {
    const { world, a, start } = build(seed);
    const c = start("c");
    // Others still tell the news to those who went a moment ago.
    a.core.setTags({ role: "new" }, () => {});
    world.clock.advance(100);
    const b = start("b");
    checkIsAway(world, a, b, c);
    if (c.log.has("Refusing a stream: this node left")) refusals++;
  }
  // Chance decides whom it asks first: it never asks again.
  ok(refusals > 0 && refusals < 8, `${refusals} refusals`);
});

Deno.test("a member that left stays away over any number of starts", () => {
  const { world, a, start } = build();
  world.kill(start("c"));
  const b = start("b");
  world.clock.advance(1000);
  world.kill(start("c"));
  checkIsAway(world, a, b, start("c"));
});

Deno.test("a member that left comes back by itself, and hears only what is new", () => {
  const { world, a, start } = build();
  const [b, c] = [start("b"), start("c")];
  world.clock.advance(60_000);
  c.core.join([a.address], { ignoreOld: true }, () => {});
  world.clock.advance(1000);
  ok(a.core.userEvent("again", undefined, { coalesce: false }).ok);
  world.clock.advance(60_000);
  for (const node of [a, b, c]) deepStrictEqual(namesOf(node, "alive"), ["a", "b", "c"]);
  deepStrictEqual(heard(c), ["again"]);

  // Now it belongs to the cluster again, and finds back to it.
  world.kill(c);
  world.clock.advance(30_000);
  const again = start("c");
  world.clock.advance(5000);
  for (const node of [a, b, again]) deepStrictEqual(namesOf(node, "alive"), ["a", "b", "c"]);
});

Deno.test("a member that left comes back if another joins it by name, and hears only what is new", () => {
  const { world, a, start } = build();
  const [b, c] = [start("b"), start("c")];
  world.clock.advance(60_000);
  strictEqual(world.join(a, c), 1);
  ok(a.core.userEvent("again", undefined, { coalesce: false }).ok);
  world.clock.advance(60_000);
  for (const node of [a, b, c]) deepStrictEqual(namesOf(node, "alive"), ["a", "b", "c"]);
  deepStrictEqual(heard(c), ["again"]);
});

Deno.test("a member that comes back forgets for good who left meanwhile", () => {
  const { world, a, journals, start } = build();
  const b = start("b");
  world.clock.advance(1000);
  world.kill(b);
  world.kill(a);
  const content = journals.b.content;
  ok(content.includes("# forgotten: c"), content.join("\n"));
  const again = start("b");
  const { exchanges } = world.network.tally;
  world.clock.advance(3_600_000);
  // It looks for a alone.
  ok(again.log.has("Attempting re-join to previously known node: a"));
  strictEqual(again.log.has("previously known node: c"), false);
  ok(world.network.tally.exchanges > exchanges);
});
