/**
 * The two guards of a cluster, its label and its list of networks: strangers are
 * kept out, and however often they try the log stays short.
 */

import assert from "node:assert/strict";
import { AllowList } from "../../src/memberlist/allow_list.ts";
import { budgetInterval } from "../../src/ports/bounded_log.ts";
import { type MemberlistConfig, memberlistConfig } from "../../src/memberlist/config.ts";
import { SerfWorld, type WorldNode } from "../support/serf_world.ts";

const second = 1000;

/** Starts a node at 10.0.0.`host` whose membership layer is set up so. */
function startNode(
  world: SerfWorld,
  name: string,
  host: number,
  membership: Partial<MemberlistConfig>,
): WorldNode {
  const advertise = { ip: Uint8Array.of(10, 0, 0, host), port: 7946 };
  const memberlist = memberlistConfig({ name, advertise }, "lan", membership);
  return world.start(name, { settings: { memberlist }, host });
}

function label(text: string): Partial<MemberlistConfig> {
  return { label: new TextEncoder().encode(text) };
}

function networks(...texts: string[]): Partial<MemberlistConfig> {
  const list = AllowList.parse(texts);
  assert(list.ok);
  return { allowedNetworks: list.value };
}

function names(node: WorldNode): string[] {
  return node.core.members().map(({ name }) => name).sort();
}

/** Tries to join again and again, and returns how often that worked. */
function joinOften(world: SerfWorld, from: WorldNode, to: WorldNode, times: number) {
  let contacted = 0;
  for (let i = 0; i < times; i++) {
    from.core.join([to.address], { ignoreOld: true }, (outcome) => contacted += outcome.contacted);
    world.clock.advance(second / 2);
  }
  world.clock.advance(15 * second);
  return contacted;
}

function complaints(node: WorldNode, text: string): string[] {
  return node.log.lines.filter((line) => line.includes(text));
}

Deno.test("A node with another label, or none, stays outside, and the log stays short", () => {
  const world = new SerfWorld();
  const blue = startNode(world, "blue", 1, label("blue"));
  const red = startNode(world, "red", 2, label("red"));
  const bare = startNode(world, "bare", 3, {});
  for (const stranger of [red, bare]) {
    assert.equal(joinOften(world, stranger, blue, 40), 0);
    assert.deepEqual(names(stranger), [stranger === red ? "red" : "bare"]);
  }
  assert.deepEqual(names(blue), ["blue"]);
  const lines = [
    ...complaints(blue, "Label does not match"),
    ...complaints(blue, "Label is missing"),
  ];
  assert(lines.length > 0);
  assert(lines.length <= 4, `${lines.length} lines`);
});

Deno.test("Nodes with the same label are one cluster", () => {
  const world = new SerfWorld();
  const first = startNode(world, "first", 1, label("blue"));
  const other = startNode(world, "second", 2, label("blue"));
  assert.equal(joinOften(world, other, first, 1), 1);
  assert.deepEqual(names(first), ["first", "second"]);
  assert.deepEqual(names(other), ["first", "second"]);
});

Deno.test("A node outside the allowed networks is no member, and the log stays short", () => {
  const world = new SerfWorld();
  const guard = startNode(world, "guard", 1, networks("10.0.0.0/29"));
  const friend = startNode(world, "friend", 2, networks("10.0.0.0/29"));
  const foreign = startNode(world, "foreign", 77, {});
  joinOften(world, friend, guard, 1);
  joinOften(world, foreign, guard, 200);
  assert.deepEqual(names(guard), ["friend", "guard"]);
  assert.deepEqual(names(friend), ["friend", "guard"]);

  const lines = complaints(guard, "its sender is in no allowed network from=10.0.0.77");
  const minutes = (200 * second / 2 + 15 * second) / budgetInterval;
  assert(lines.length > 0);
  assert(lines.length <= minutes + 1, `${lines.length} lines in ${minutes} minutes`);
});
