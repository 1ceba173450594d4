/**
 * A running node and somebody who wants to harm it: wrong keys and labels, rubbish,
 * bombs, and packets that were recorded or made up.
 *
 * Whatever comes is counted, told once for each peer and reason, and dropped.
 */

import assert from "node:assert/strict";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { complete } from "../../src/bytes/steps.ts";
import { AllowList } from "../../src/memberlist/allow_list.ts";
import { memberlistConfig } from "../../src/memberlist/config.ts";
import { Keyring } from "../../src/memberlist/keyring.ts";
import type { Address } from "../../src/ports/address.ts";
import { budgetInterval, complaintBudget } from "../../src/ports/bounded_log.ts";
import { maxLamportTime, serfMessageType } from "../../src/serf/message_type.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { writeAlive, writeDead, writeSuspect } from "../../src/wire/claims.ts";
import { writeCompressed } from "../../src/wire/compression.ts";
import { writeFullState, writeNodeState } from "../../src/wire/full_state.ts";
import {
  maxPacketExpansion,
  maxPacketNesting,
  maxPacketSize,
  maxPushPullNodes,
  maxStreamExpansion,
  maxStreamPayload,
  messageType,
} from "../../src/wire/message_type.ts";
import { type Envelope, sealPacket } from "../../src/wire/packet.ts";
import { sealRequest } from "../../src/wire/stream_message.ts";
import { aliveClaim } from "../support/memberlist_parts.ts";
import { MemoryJournal } from "../support/memory_journal.ts";
import { plainEnvelope } from "../../scripts/lab/plain_envelope.ts";
import { namesOf, SerfWorld, type WorldNode } from "../support/serf_world.ts";

const stranger: Address = { host: "10.9.9.9", port: 7946 };
const random = new SimRandom(1);
const key = new Uint8Array(16).fill(1);
const otherKey = new Uint8Array(32).fill(2);

function keyring(...keys: readonly Uint8Array[]): Keyring {
  const ring = Keyring.from(keys);
  assert(ring.ok);
  return ring.value;
}

/** Starts two nodes that are one cluster, with a key and a label or without both. */
function startGuarded(isGuarded = true) {
  const world = new SerfWorld();
  const start = (name: string, host: number) => {
    const advertise = { ip: Uint8Array.of(10, 0, 0, host), port: 7946 };
    const label = new TextEncoder().encode("blue");
    const memberlist = memberlistConfig({ name, advertise }, "lan", isGuarded ? { label } : {});
    return world.start(name, {
      host,
      settings: { memberlist },
      ...(isGuarded && { keyring: keyring(key) }),
    });
  };
  const [a, b] = [start("a", 1), start("b", 2)];
  assert.equal(world.join(b, a), 1);
  world.clock.advance(5000);
  a.log.lines.length = 0;
  return { world, a, b };
}

function envelope(label: string, ...keys: readonly Uint8Array[]): Envelope {
  return { ...plainEnvelope, label: new TextEncoder().encode(label), keys };
}

function encoded(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.copy();
}

function packet(message: Uint8Array, around: Envelope = plainEnvelope): Uint8Array {
  return sealPacket(message, around, { crc: false }, random).slice();
}

const suspectA = encoded((writer) =>
  writeSuspect(writer, { node: "a", incarnation: 1, from: "x" })
);

function rejected(node: WorldNode, reason: string): number {
  return node.meter.counters.get(`memberlist.rejected.${reason}`) ?? 0;
}

function warnings(node: WorldNode): string[] {
  return node.log.lines.filter((line) => /^(warn|error)/.test(line));
}

/** Sends the same packet many times, from one address and then from many. */
function flood(node: WorldNode, bytes: Uint8Array): void {
  for (let i = 0; i < 1000; i++) node.core.receivePacket(stranger, bytes.slice());
  for (let i = 0; i < 1000; i++) {
    const from = { host: `10.8.${i >> 8}.${i & 255}`, port: 1000 + i };
    node.core.receivePacket(from, bytes.slice());
  }
}

const unreadable: Readonly<Record<string, [reason: string, bytes: Uint8Array]>> = {
  "with the wrong key": ["undecryptable", packet(suspectA, envelope("blue", otherKey))],
  "with the wrong label": ["label", packet(suspectA, envelope("red", key))],
  "without a label": ["label", packet(suspectA, envelope("", key))],
  "in clear": ["undecryptable", packet(suspectA, envelope("blue"))],
  "cut off": ["truncated", packet(suspectA, envelope("blue", key)).subarray(0, 20)],
  "with a bit flipped": [
    "undecryptable",
    packet(suspectA, envelope("blue", key)).map((byte, i) => i === 30 ? byte ^ 1 : byte),
  ],
};

for (const [title, [reason, bytes]] of Object.entries(unreadable)) {
  Deno.test(`A packet ${title} is counted, told once for each peer, and dropped`, () => {
    const { world, a } = startGuarded();
    const before = world.network.tally.packetsSent;
    flood(a, bytes);
    assert.equal(rejected(a, reason), 2000);
    assert.equal(world.network.tally.packetsSent, before, "It answered");
    // One line for the first peer, and as many in all as there may be.
    assert.equal(a.log.lines.filter((line) => line.includes("from=10.9.9.9:")).length, 1);
    const told = warnings(a).length;
    assert(told > 1 && told < complaintBudget / 50, `${told} lines`);
    assert.deepEqual(namesOf(a, "alive"), ["a", "b"]);

    world.clock.advance(budgetInterval);
    a.core.receivePacket(stranger, bytes.slice());
    const later = warnings(a).slice(told);
    assert.match(later[0] ?? "", new RegExp(`${2000 - told} more lines "Dropping …"`));
  });
}

Deno.test("Streams that cannot be read are counted, told once for each host, and refused", () => {
  const { a } = startGuarded();
  const request = (around: Envelope) => () => sealRequest(suspectA, around, random).slice();
  const opened = request(envelope("blue", key))();
  a.core.receiveRequest(stranger, opened, () => {});
  const cases: [string, () => Uint8Array][] = [
    ["undecryptable", request(envelope("blue", otherKey))],
    ["label", request(envelope("red", key))],
    ["not-encrypted", request(envelope("blue"))],
    ["truncated", () => request(envelope("blue", key))().subarray(0, 30)],
    ["replayed", () => opened],
    ["unknown-type", request(envelope("blue", key))],
  ];
  for (const [reason, write] of cases) {
    const before = rejected(a, reason);
    for (let i = 0; i < 100; i++) {
      a.core.receiveRequest({ ...stranger, port: 1000 + i }, write(), (reply) => {
        assert((reply?.length ?? 0) < 300, "The refusal is long");
        assert(reason !== "replayed" || reply === undefined, "It was answered");
      });
    }
    assert.equal(rejected(a, reason), before + 100, reason);
  }
  assert.equal(warnings(a).length, cases.length);
  assert.deepEqual(namesOf(a, "alive"), ["a", "b"]);
});

/** A message within a message, many times over. */
function nested(depth: number, wrap: (inner: Uint8Array) => Uint8Array): Uint8Array {
  let message = suspectA;
  for (let i = 0; i < depth; i++) message = wrap(message);
  return message;
}

function compressed(message: Uint8Array): Uint8Array {
  return encoded((writer) => complete(writeCompressed(writer, message)));
}

function compound(...parts: readonly Uint8Array[]): Uint8Array {
  return encoded((writer) => {
    writer.writeByte(messageType.compound);
    writer.writeByte(parts.length);
    for (const part of parts) writer.writeUint16(part.length);
    for (const part of parts) writer.writeRaw(part);
  });
}

Deno.test("Packets that expand without bound end at the limit", () => {
  const { a } = startGuarded(false);
  const bomb = compressed(new Uint8Array(maxPacketExpansion + 1));
  assert(bomb.length < 2000);
  a.core.receivePacket(stranger, bomb);
  assert.equal(rejected(a, "too-large"), 1);

  // Many small ones in one packet share the limit.
  const part = compressed(new Uint8Array(maxPacketExpansion / 8).fill(messageType.user));
  const parts = new Array<Uint8Array>(20).fill(part);
  a.core.receivePacket(stranger, compound(...parts));
  assert.equal(rejected(a, "too-large"), 1 + 12);

  for (const wrap of [compressed, (inner: Uint8Array) => compound(inner)]) {
    a.core.receivePacket(stranger, nested(maxPacketNesting, wrap));
    a.core.receivePacket(stranger, nested(maxPacketNesting + 1, wrap));
  }
  assert.equal(rejected(a, "too-deep"), 2);
});

Deno.test("The largest packet of the smallest messages is read in no time", () => {
  const { a } = startGuarded(false);
  const ping = Uint8Array.of(messageType.nack, 0x80);
  const most = compound(...new Array<Uint8Array>(255).fill(ping));
  const packets = nested(2, (inner) => compound(...new Array<Uint8Array>(60).fill(inner)));
  a.core.receivePacket(stranger, most);
  a.core.receivePacket(stranger, packets.subarray(0, maxPacketSize));
  assert.deepEqual(namesOf(a, "alive"), ["a", "b"]);
});

Deno.test("Streams that announce or expand to too much end at the limit", () => {
  const { a, world } = startGuarded(false);
  const header = (nodes: number, userState: number) =>
    encoded((writer) => {
      writer.writeByte(messageType.pushPull);
      writer.writeMapLength(2);
      writer.writeText("Nodes");
      writer.writeUint(nodes);
      writer.writeText("UserStateLen");
      writer.writeUint(userState);
    });
  const userMessage = encoded((writer) => {
    writer.writeByte(messageType.user);
    writer.writeMapLength(1);
    writer.writeText("UserMsgLen");
    writer.writeUint(maxStreamPayload + 1);
  });
  const cases: [string, Uint8Array][] = [
    ["out-of-range", header(maxPushPullNodes + 1, 0)],
    ["out-of-range", header(0, maxStreamPayload + 1)],
    ["out-of-range", userMessage],
    ["truncated", header(maxPushPullNodes, 0)],
    ["truncated", header(0, maxStreamPayload)],
    ["too-large", compressed(new Uint8Array(maxStreamExpansion + 1))],
  ];
  for (const [reason, bytes] of cases) {
    const before = rejected(a, reason);
    a.core.receiveRequest(stranger, bytes, () => {});
    world.clock.advance(0);
    assert.equal(rejected(a, reason), before + 1, reason);
  }
  assert.deepEqual(namesOf(a, "alive"), ["a", "b"]);
});

Deno.test("A push/pull of a million nameless members is refused as a whole", () => {
  const { a, world } = startGuarded(false);
  const state = encoded((writer) => {
    writer.writeByte(messageType.pushPull);
    writer.writeMapLength(1);
    writer.writeText("Nodes");
    writer.writeUint(maxPushPullNodes);
    for (let i = 0; i < maxPushPullNodes; i++) writer.writeByte(0x80);
  });
  a.core.receiveRequest(stranger, compressed(state), () => {});
  world.clock.advance(0);
  assert.equal(a.core.members().length, 2);
  assert(a.log.has("Push/pull merge failed"));
});

/** Two nodes, everything that the first one heard from the start on, and the story: */
function record() {
  const world = new SerfWorld(3);
  const a = world.start("a");
  const heard: [Address, Uint8Array][] = [];
  const { core } = a;
  const receivePacket = core.receivePacket.bind(core);
  core.receivePacket = (from, bytes) => {
    heard.push([from, bytes.slice()]);
    receivePacket(from, bytes);
  };
  const b = world.start("b");
  const c = world.start("c");
  world.join(b, a);
  world.join(c, a);
  world.clock.advance(5000);
  // An event from b, and c leaves for good.
  b.core.userEvent("deploy", new Uint8Array(3), { coalesce: false });
  world.clock.advance(5000);
  c.core.leave(() => {});
  world.clock.advance(8_000);
  world.kill(c);
  assert.deepEqual([namesOf(a, "alive"), namesOf(a, "left")], [["a", "b"], ["c"]]);
  return {
    world,
    a,
    b,
    heard,
    replay: () => heard.forEach(([from, bytes]) => receivePacket(from, bytes.slice())),
  };
}

Deno.test("Packets that are sent again change nothing and deliver nothing twice", () => {
  const { world, a, heard, replay } = record();
  assert(heard.length > 50);
  const events = a.events.length;
  for (let i = 0; i < 3; i++) {
    replay();
    world.clock.advance(5_000);
  }
  assert.equal(a.events.length, events);
  assert.deepEqual([namesOf(a, "alive"), namesOf(a, "left")], [["a", "b"], ["c"]]);
});

Deno.test("Packets about a member long gone, sent again, do not bring it back", () => {
  const { world, a, replay } = record();
  world.clock.advance(60_000);
  const before = a.events.length;
  replay();
  world.clock.advance(60_000);
  assert.deepEqual(a.events.slice(before), []);
  assert.deepEqual([namesOf(a, "alive"), namesOf(a, "left")], [["a", "b"], ["c"]]);
});

Deno.test("Packets that are sent again bring nobody back to a node that restarted", () => {
  const { world, a, b, heard } = record();
  world.kill(a);
  world.clock.advance(1000);
  const journal = new MemoryJournal([
    "alive: b 10.0.0.2:7946",
    "clock: 20",
    "event-clock: 20",
    "query-clock: 20",
  ]);
  const again = world.start("a", { host: 1, journal });
  world.join(again, b);
  world.clock.advance(5000);
  for (const [from, bytes] of heard) again.core.receivePacket(from, bytes.slice());
  world.clock.advance(30_000);
  // The snapshot remembers how late it is, and the others who has left.
  assert.deepEqual(again.events.filter(({ type }) => type === "user"), []);
  assert.deepEqual(namesOf(again, "alive"), ["a", "b"]);
});

/** What somebody without a place in the cluster can say where nothing is encrypted. */
Deno.test("A forged doubt, death or farewell is refuted by whom it is about", () => {
  const { world, a, b } = startGuarded(false);
  for (const from of ["x", "b", "a"]) {
    const claim = { node: "b", incarnation: 9, from };
    a.core.receivePacket(stranger, encoded((writer) => writeSuspect(writer, claim)));
    a.core.receivePacket(stranger, encoded((writer) => writeDead(writer, claim)));
    world.clock.advance(10_000);
    assert.deepEqual([namesOf(a, "alive"), namesOf(b, "alive")], [["a", "b"], ["a", "b"]], from);
  }
  const doubts = { node: "a", incarnation: 77, from: "x" };
  a.core.receivePacket(stranger, encoded((writer) => writeDead(writer, doubts)));
  world.clock.advance(10_000);
  assert.deepEqual([namesOf(a, "alive"), namesOf(b, "alive")], [["a", "b"], ["a", "b"]]);
});

Deno.test("A forged claim cannot move a living member to another address", () => {
  const { world, a } = startGuarded(false);
  const claim = {
    node: "b",
    incarnation: 1000,
    ip: Uint8Array.of(10, 9, 9, 9),
    port: 7946,
    meta: undefined,
    versions: Uint8Array.of(1, 5, 2, 2, 5, 5),
  };
  a.core.receivePacket(stranger, encoded((writer) => writeAlive(writer, claim)));
  world.clock.advance(1000);
  const b = a.core.members().find(({ name }) => name === "b");
  assert.equal(b?.address.host, "10.0.0.2");
});

Deno.test("A member that does not exist is found out by probing", () => {
  const { world, a } = startGuarded(false);
  const claim = {
    node: "ghost",
    incarnation: 1,
    ip: Uint8Array.of(10, 7, 7, 7),
    port: 7946,
    meta: undefined,
    versions: Uint8Array.of(1, 5, 2, 2, 5, 5),
  };
  a.core.receivePacket(stranger, encoded((writer) => writeAlive(writer, claim)));
  assert.deepEqual(namesOf(a, "alive"), ["a", "b", "ghost"]);
  world.clock.advance(60_000);
  assert.deepEqual([namesOf(a, "alive"), namesOf(a, "failed")], [["a", "b"], ["ghost"]]);
});

Deno.test("Old events that are sent again are told of a few times, not each time", () => {
  const { world, a } = startGuarded(false);
  const event = (ltime: number) =>
    encoded((writer) => {
      writer.writeRaw(Uint8Array.of(messageType.user, 3));
      writer.writeMapLength(2);
      writer.writeText("LTime");
      writer.writeUint(ltime);
      writer.writeText("Name");
      writer.writeText("deploy");
    });
  a.core.receivePacket(stranger, event(5000));
  for (let i = 0; i < 1000; i++) a.core.receivePacket(stranger, event(1 + i));
  const told = a.log.lines.filter((line) => line.includes("old event")).length;
  assert(told > 0 && told < complaintBudget / 50, `${told} lines`);
  assert.equal(a.events.filter(({ type }) => type === "user").length, 1);
  world.clock.advance(1000);
});

Deno.test("Bytes of a strange node state reach no further than the merge", () => {
  const { a } = startGuarded(false);
  const states = [
    { name: "n\n2026/11/23 04:51:38 [ERR] forged", ip: Uint8Array.of(1), port: 1 },
    { name: "", ip: Uint8Array.of(1, 2, 3, 4), port: 1 },
    { name: "long", ip: Uint8Array.of(1, 2, 3, 4), port: 1, meta: new Uint8Array(513) },
  ];
  for (const state of states) {
    const message = encoded((writer) => {
      writer.writeByte(messageType.pushPull);
      writer.writeMapLength(1);
      writer.writeText("Nodes");
      writer.writeUint(1);
      writeNodeState(writer, {
        incarnation: 1,
        meta: undefined,
        state: "alive",
        versions: Uint8Array.of(1, 5, 2, 2, 5, 5),
        ...state,
      });
    });
    a.core.receiveRequest(stranger, message, () => {});
  }
  assert.deepEqual(a.core.members().map(({ name }) => name).sort(), ["a", "b"]);
});

Deno.test("One forged packet from the far future does not use up the time of a cluster", () => {
  const { world, a, b } = startGuarded(false);
  const forged = (type: number, fields: (writer: MsgpackWriter) => void) =>
    encoded((writer) => {
      writer.writeRaw(Uint8Array.of(messageType.user, type));
      writer.writeMapLength(2);
      writer.writeText("LTime");
      writer.writeUint(maxLamportTime);
      fields(writer);
    });
  const named = (key: string, name: string) => (writer: MsgpackWriter) => {
    writer.writeText(key);
    writer.writeText(name);
  };
  a.core.receivePacket(stranger, forged(serfMessageType.userEvent, named("Name", "forged")));
  a.core.receivePacket(stranger, forged(serfMessageType.query, named("Name", "forged")));
  a.core.receivePacket(stranger, forged(serfMessageType.join, named("Node", "b")));
  a.core.receivePacket(stranger, forged(serfMessageType.leave, named("Node", "b")));
  world.clock.advance(5000);
  b.core.userEvent("real", undefined, { coalesce: false });
  world.clock.advance(40_000);
  for (const node of [a, b]) {
    const names = node.events.flatMap((event) => event.type === "user" ? [event.name] : []);
    assert.deepEqual(names, ["real"]);
    assert.deepEqual(namesOf(node, "alive"), ["a", "b"]);
    assert(!node.log.has("Failed to decode"));
  }
});

Deno.test("Nothing from outside the allowed networks is heard, whatever it is", () => {
  const world = new SerfWorld();
  const networks = AllowList.parse(["10.0.0.0/24"]);
  assert(networks.ok);
  const start = (name: string, host: number) => {
    const advertise = { ip: Uint8Array.of(10, 0, 0, host), port: 7946 };
    const allowedNetworks = networks.value;
    const memberlist = memberlistConfig({ name, advertise }, "lan", { allowedNetworks });
    return world.start(name, { host, settings: { memberlist } });
  };
  const [a, b] = [start("a", 1), start("b", 2)];
  assert.equal(world.join(b, a), 1);
  // What a member says to another, said again from outside and from inside.
  const heard: [Uint8Array, isStream: boolean][] = [];
  const { core } = a;
  const { receivePacket, receiveRequest } = core;
  core.receivePacket = (_, bytes) => void heard.push([bytes.slice(), false]);
  core.receiveRequest = (_, bytes, answer) => {
    heard.push([bytes.slice(), true]);
    answer(undefined);
    return () => {};
  };
  const handlers = { onAck() {}, onResponse() {}, onDone() {} };
  b.core.userEvent("deploy", undefined, { coalesce: false });
  b.core.query("load", undefined, {}, handlers);
  b.core.join([a.address], { ignoreOld: false }, () => {});
  world.clock.advance(3000);
  assert(heard.some(([, isStream]) => isStream) && heard.length > 3);

  Object.assign(core, { receivePacket, receiveRequest });
  const say = (from: Address) => {
    a.events.length = 0;
    const answers: (Uint8Array | undefined)[] = [];
    for (const [bytes, isStream] of heard) {
      if (isStream) core.receiveRequest(from, bytes.slice(), (answer) => answers.push(answer));
      else core.receivePacket(from, bytes.slice());
    }
    world.clock.advance(0);
    return { answers, types: new Set(a.events.map(({ type }) => type)) };
  };
  const before = world.network.tally.packetsSent;
  const outside = say(stranger);
  assert.deepEqual([outside.answers.filter(Boolean), outside.types.size], [[], 0]);
  assert.equal(world.network.tally.packetsSent, before, "It answered");
  assert.equal(rejected(a, "network"), heard.length);
  const inside = say({ host: "10.0.0.77", port: 7946 });
  assert(inside.answers.some(Boolean) && inside.types.has("user") && inside.types.has("query"));
});

Deno.test("Giant names are counted and dropped, and keep nobody from joining", () => {
  const { world, a, b } = startGuarded(false);
  for (let i = 0; i < 1200; i++) {
    const name = `${i}`.padEnd(60_000, "x");
    const claim = { ...aliveClaim("", 1), node: name };
    a.core.receivePacket(stranger, packet(encoded((writer) => writeAlive(writer, claim))));
    const doubt = { node: "b", incarnation: 0, from: name };
    a.core.receivePacket(stranger, packet(encoded((writer) => writeSuspect(writer, doubt))));
  }
  assert.equal(rejected(a, "too-large"), 2400);
  const state = encoded((writer) => {
    const node = { ...aliveClaim("", 1), name: "y".repeat(60_000), state: "alive" } as const;
    const honest = { ...aliveClaim("honest", 1), name: "honest", state: "alive" } as const;
    complete(
      writeFullState(writer, {
        joining: true,
        nodes: [node, honest],
        userState: new Uint8Array(0),
      }),
    );
  });
  a.core.receiveRequest(stranger, state, () => {});
  world.clock.advance(0);
  assert.equal(rejected(a, "claim"), 1);
  assert.deepEqual(namesOf(a, "alive"), ["a", "b", "honest"]);
  const c = world.start("c", { host: 77 });
  assert.equal(world.join(c, a), 1);
  world.clock.advance(1000);
  assert(namesOf(b, "alive").includes("c"));
  assert(c.core.members().every(({ name }) => name.length < 10));
});
