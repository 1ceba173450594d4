/**
 * A cluster without a key, and somebody who says of its members what is not so:
 * whatever numbers they use, it is over when they stop, and a member is never banned.
 */

import assert from "node:assert/strict";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { complete } from "../../src/bytes/steps.ts";
import { maxIncarnationLead } from "../../src/memberlist/membership/incarnation.ts";
import type { Address } from "../../src/ports/address.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { type Alive, writeAlive, writeDead, writeSuspect } from "../../src/wire/claims.ts";
import { type NodeState, writeFullState } from "../../src/wire/full_state.ts";
import { sealRequest } from "../../src/wire/stream_message.ts";
import { plainEnvelope } from "../../scripts/lab/plain_envelope.ts";
import { namesOf, SerfWorld, type WorldNode } from "../support/serf_world.ts";

const stranger: Address = { host: "10.9.9.9", port: 7946 };
const names = ["a", "b", "c", "d", "e"];
const versions = Uint8Array.of(1, 5, 2, 2, 5, 5);
/** Where the victim, "b", is. */
const place = { ip: Uint8Array.of(10, 0, 0, 2), port: 7946, versions };

function encoded(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.copy();
}

/** Says to every node, the victim included, that "b" fails, is dead, and has these tags. */
function lie(nodes: readonly WorldNode[], incarnation: number): void {
  const alive: Alive = { node: "b", incarnation, meta: Uint8Array.of(1, 2, 3), ...place };
  const state: NodeState = { ...alive, name: "b", state: "dead" };
  const messages = [
    encoded((writer) => writeSuspect(writer, { node: "b", incarnation, from: "x" })),
    encoded((writer) => writeDead(writer, { node: "b", incarnation, from: "x" })),
    encoded((writer) => writeAlive(writer, alive)),
    encoded((writer) => writeSuspect(writer, { node: "b", incarnation, from: "y" })),
  ];
  const exchange = encoded((writer) =>
    complete(
      writeFullState(writer, { joining: true, nodes: [state], userState: new Uint8Array(0) }),
    )
  );
  for (const node of nodes) {
    for (const message of messages) node.core.receivePacket(stranger, message.slice());
    const request = sealRequest(exchange, plainEnvelope, new SimRandom(1)).slice();
    node.core.receiveRequest(stranger, request, () => {});
  }
}

/** After an attack all see all alive, hear new tags of the victim, and newcomers can come. */
function checkIsOver(world: SerfWorld, nodes: readonly WorldNode[]): void {
  world.clock.advance(10_000);
  for (const node of nodes) assert.deepEqual(namesOf(node, "alive"), names, node.core.self.name);
  const newcomer = world.start("newcomer");
  assert.equal(world.join(newcomer, nodes[0]!), 1);
  world.clock.advance(10_000);
  const all = [...nodes, newcomer];
  for (const node of all) assert.deepEqual(namesOf(node, "alive"), [...names, "newcomer"]);
  nodes[1]!.core.setTags({ role: "new" }, () => {});
  const isTold = () => all.every((node) => node.core.member("b")?.tags["role"] === "new");
  // Who was lied to before it knew better learns it from an exchange.
  assert(world.clock.advanceUntil(isTold, 600_000), "The new tags are not everywhere");
}

for (const incarnation of [2 ** 32 - 1, 2 ** 32 - 2, 2 ** 31, 2 * maxIncarnationLead]) {
  Deno.test(`Lies with incarnation ${incarnation} ban nobody`, () => {
    const world = new SerfWorld();
    const nodes = world.startCluster(names);
    for (let i = 0; i < 20; i++) {
      lie(nodes, incarnation);
      world.clock.advance(500);
    }
    checkIsOver(world, nodes);
    for (const node of nodes) {
      assert(!node.events.some(({ type }) => type === "member-failed"));
    }
  });
}

Deno.test("Lies that climb as fast as they are believed ban nobody", () => {
  const world = new SerfWorld();
  const nodes = world.startCluster(names);
  // Round the end of the numbers, and beyond.
  for (let i = 1; i < 300; i++) {
    lie(nodes, (i * maxIncarnationLead) % 2 ** 32);
    world.clock.advance(100);
  }
  checkIsOver(world, nodes);
});

Deno.test("Different lies to each node, all at once, ban nobody", () => {
  const world = new SerfWorld();
  const nodes = world.startCluster(names);
  for (let i = 1; i < 100; i++) {
    for (const [n, node] of nodes.entries()) lie([node], (i * (n + 3) * 10 ** 7) % 2 ** 32);
    world.clock.advance(50);
  }
  checkIsOver(world, nodes);
});

Deno.test("A member that was lied about while nobody knew it can come, also after it was buried", () => {
  for (const incarnation of [2 ** 32 - 1, 2 ** 31]) {
    const world = new SerfWorld();
    const nodes = ["a", "c", "d", "e"].map((name, i) => world.start(name, { host: 30 + i }));
    for (const node of nodes.slice(1)) world.join(node, nodes[0]!);
    lie(nodes, incarnation);
    world.clock.advance(120_000);
    const b = world.start("b", { host: 2 });
    assert.equal(world.join(b, nodes[0]!), 1);
    lie([...nodes, b], incarnation);
    checkIsOver(world, [nodes[0]!, b, ...nodes.slice(1)]);
  }
});
