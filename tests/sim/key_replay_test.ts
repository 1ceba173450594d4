/** Recorded key queries, sent again by somebody without a key to a node that restarted. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Keyring } from "../../src/memberlist/keyring.ts";
import type { Address } from "../../src/ports/address.ts";
import type { KeyReport } from "../../src/serf/queries/key_manager.ts";
import type { Result } from "../../src/ports/result.ts";
import { SerfWorld, type WorldNode } from "../support/serf_world.ts";

const [older, newer] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

function ringOf(...keys: readonly Uint8Array[]): Keyring {
  const ring = Keyring.from(keys);
  if (!ring.ok) throw ring.error;
  return ring.value;
}

type Operation = "install" | "use" | "remove";

/** Does a key operation, which all members must obey. */
function operate(world: SerfWorld, node: WorldNode, what: Operation, key: Uint8Array): void {
  let report: KeyReport | undefined;
  node.core.keys.run(what, key, {}, (result: Result<KeyReport>) => {
    ok(result.ok);
    report = result.value;
  });
  ok(world.clock.advanceUntil(() => report !== undefined, 30_000));
  deepStrictEqual([report!.numErr, report!.numResp], [0, report!.numNodes], what);
}

/** A cluster of a and b; everything that reached a; the keys used in turn, the newer one last. */
function record(seed: number) {
  const world = new SerfWorld(seed);
  const rings = { a: ringOf(older), b: ringOf(older) };
  const a = world.start("a", { host: 1, keyring: rings.a });
  const heard: [Address, Uint8Array][] = [];
  const { core } = a;
  const receivePacket = core.receivePacket.bind(core);
  core.receivePacket = (from, bytes) => {
    heard.push([from, bytes.slice()]);
    receivePacket(from, bytes);
  };
  const receiveRequest = core.receiveRequest.bind(core);
  const requests: Uint8Array[] = [];
  core.receiveRequest = (from, request, answer) => {
    requests.push(request.slice());
    return receiveRequest(from, request, answer);
  };
  const b = world.start("b", { host: 2, keyring: rings.b });
  // The one asks that was never asked itself before: so must everybody obey.
  strictEqual(world.join(b, a), 1);
  const steps: [Operation, Uint8Array][] = [["install", newer], ["use", newer], ["use", older]];
  for (const [what, key] of steps) operate(world, b, what, key);
  const recorded = heard.length;
  operate(world, b, "use", newer);
  for (const ring of Object.values(rings)) deepStrictEqual(ring.keys, [newer, older]);
  world.kill(a);
  // Nobody tells of all that any more.
  world.clock.advance(60_000);
  const replay = (node: WorldNode) => {
    for (const request of requests) {
      node.core.receiveRequest({ host: "10.9.9.9", port: 9 }, request.slice(), () => {});
    }
    world.clock.advance(100);
    for (let i = 0; i < 2; i++) {
      for (const [from, bytes] of heard.slice(0, recorded)) {
        node.core.receivePacket(from, bytes.slice());
      }
      world.clock.advance(3000);
    }
  };
  return { world, b, replay };
}

for (const order of ["before", "after"] as const) {
  Deno.test(`recorded key queries change nothing ${order} a restarted node has joined`, () => {
    for (let seed = 1; seed <= 4; seed++) {
      const { world, b, replay } = record(seed);
      const keyring = ringOf(newer, older);
      const again = world.start("a", { host: 1, keyring });
      if (order === "after") strictEqual(world.join(again, b), 1);
      replay(again);
      deepStrictEqual(keyring.keys, [newer, older]);
      strictEqual(world.join(again, b), 1);
      replay(again);
      deepStrictEqual(keyring.keys, [newer, older]);
      // What is asked now counts, at once.
      operate(world, b, "use", older);
      deepStrictEqual(keyring.keys, [older, newer]);
    }
  });
}

Deno.test("a key query right after a join counts, and so does one at a node alone", () => {
  const world = new SerfWorld();
  const rings = ["a", "b", "c"].map(() => ringOf(older));
  const nodes = rings.map((keyring, i) => world.start("abc"[i]!, { keyring }));
  operate(world, nodes[0]!, "install", newer);
  operate(world, nodes[0]!, "remove", newer);
  strictEqual(world.join(nodes[1]!, nodes[0]!), 1);
  operate(world, nodes[1]!, "install", newer);
  strictEqual(world.join(nodes[2]!, nodes[0]!), 1);
  operate(world, nodes[2]!, "install", newer);
  operate(world, nodes[0]!, "use", newer);
  for (const ring of rings) deepStrictEqual(ring.keys, [newer, older]);
});
