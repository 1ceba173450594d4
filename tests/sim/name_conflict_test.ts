/** Nodes of the same name: the cluster decides, and a node alone decides nothing. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import type { Address } from "../../src/ports/address.ts";
import { serfMessageType } from "../../src/serf/message_type.ts";
import { readQuery, writeResponse } from "../../src/serf/queries/query_messages.ts";
import { writeAlive } from "../../src/wire/claims.ts";
import { messageType } from "../../src/wire/message_type.ts";
import { openPacket } from "../../src/wire/packet.ts";
import { PacketUnpacker } from "../../src/wire/packet_unpacker.ts";
import { plainEnvelope } from "../../scripts/lab/plain_envelope.ts";
import { namesOf, SerfWorld, type WorldNode } from "../support/serf_world.ts";
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

/** Hears every query about a name that reaches `node`, and has votes ready for who asked. */
function forgeVotes(node: WorldNode, send: (message: Uint8Array, from: Address) => void): void {
  const { core } = node;
  const receivePacket = core.receivePacket.bind(core);
  const unpacker = new PacketUnpacker({
    receiveMessage: (type, body) => {
      const message = type === messageType.user ? body.takeRest() : new Uint8Array(1);
      if (message[0] !== serfMessageType.query) return;
      const { id, ltime, name } = readQuery(new MsgpackReader(message, 1));
      if (name !== "_serf_conflict") return;
      for (const from of ["a", "b", "c", ...Array.from("0123456789", (n) => `x${n}`)]) {
        const writer = new MsgpackWriter("raw");
        writer.writeByte(messageType.user);
        const payload = Uint8Array.of(serfMessageType.conflictResponse, 0xc0);
        writeResponse(writer, { ltime, id, from, flags: 0, payload });
        send(writer.copy(), { host: "10.9.9.9", port: 7946 });
      }
    },
    receiveUnreadable: () => {},
  });
  core.receivePacket = (from, bytes) => {
    unpacker.unpack(openPacket(bytes.slice(), plainEnvelope));
    receivePacket(from, bytes);
  };
}

Deno.test("invented votes and those in the names of others end nobody", () => {
  const world = new SerfWorld();
  const nodes = world.startCluster(["a", "b", "c"]);
  const [a, b] = nodes;
  let forged = 0;
  // The forger is quicker than everybody.
  forgeVotes(a!, (message, from) => {
    forged++;
    b!.core.receivePacket(from, message);
  });
  const claim = new MsgpackWriter("raw");
  const ip = Uint8Array.of(10, 9, 9, 9);
  const versions = Uint8Array.of(1, 5, 2, 2, 5, 5);
  writeAlive(claim, { node: "b", incarnation: 9, ip, port: 7946, meta: undefined, versions });
  for (let i = 0; i < 3; i++) {
    b!.core.receivePacket({ host: "10.9.9.9", port: 7946 }, claim.copy());
    world.clock.advance(20_000);
  }
  ok(forged >= 13, `${forged} votes`);
  ok(b!.log.has("majority in name conflict resolution [2 / 2]"));
  deepStrictEqual(b!.endings, []);
  for (const node of nodes) deepStrictEqual(namesOf(node, "alive"), ["a", "b", "c"]);
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
