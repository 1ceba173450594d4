/**
 * What a large cluster tells in one message is written, read and believed in slices.
 * Here others talk in between, and nodes go.
 */

import assert from "node:assert/strict";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { complete } from "../../src/bytes/steps.ts";
import { memberlistConfig } from "../../src/memberlist/config.ts";
import { Keyring } from "../../src/memberlist/keyring.ts";
import { writeAlive } from "../../src/wire/claims.ts";
import { sealPacket } from "../../src/wire/packet.ts";
import type { JoinOutcome } from "../../src/serf/members/joining.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import type { Envelope } from "../../src/wire/envelope.ts";
import { type NodeState, writeFullState } from "../../src/wire/full_state.ts";
import { messageType } from "../../src/wire/message_type.ts";
import { openReply, sealRequest } from "../../src/wire/stream_message.ts";
import { writeUserMessage } from "../../src/wire/user_message.ts";
import { aliveClaim } from "../support/memberlist_parts.ts";
import { plainEnvelope } from "../../scripts/lab/plain_envelope.ts";
import { SerfWorld, type WorldNode } from "../support/serf_world.ts";

const random = new SimRandom(9);
const stranger = { host: "10.9.9.9", port: 7946 };
const members = 2000;
const key = new Uint8Array(32).fill(3);
const envelope: Envelope = { ...plainEnvelope, keys: [key], compression: true };

function crowdMessage(seed: number): Uint8Array {
  const nodes = Array.from({ length: members }, (_, i): NodeState => {
    const name = `crowd-${i}`;
    const claim = aliveClaim(name, 1, { ip: Uint8Array.of(10, 1, i >> 8, i & 0xff) });
    return { ...claim, name, state: "alive", meta: Uint8Array.of(0xff, 0x80) };
  });
  const writer = new MsgpackWriter("raw");
  complete(writeFullState(writer, { joining: true, nodes, userState: new Uint8Array(0) }));
  return sealRequest(writer.view(), envelope, new SimRandom(seed));
}

/** A node that knows a crowd, which does not exist and is not probed, and another node. */
function startCrowded() {
  const world = new SerfWorld();
  const start = (name: string, host: number) => {
    const ring = Keyring.from([key]);
    assert(ring.ok);
    const advertise = { ip: Uint8Array.of(10, 0, 0, host), port: 7946 };
    const memberlist = memberlistConfig({ name, advertise }, "lan", {
      probeInterval: 3_600_000,
      pushPullInterval: 0,
    });
    return world.start(name, { host, keyring: ring.value, settings: { memberlist } });
  };
  const [a, b] = [start("a", 1), start("b", 2)];
  tell(a, crowdMessage(1));
  world.clock.advance(1000);
  assert.equal(a.core.members().length, members + 1);
  return { world, a, b };
}

function tell(node: WorldNode, request: Uint8Array): (Uint8Array | undefined)[] {
  const replies: (Uint8Array | undefined)[] = [];
  node.core.receiveRequest(stranger, request, (reply) => replies.push(reply?.slice()));
  return replies;
}

Deno.test("A node joins a large cluster, and everybody is known on both sides", () => {
  const { world, a, b } = startCrowded();
  const turns = world.clock.turns;
  assert.equal(world.join(b, a), 1);
  assert(world.clock.turns - turns > 30, `${world.clock.turns - turns} turns`);
  world.clock.advance(1000);
  for (const node of [a, b]) assert.equal(node.core.members().length, members + 2);
  assert(b.events.filter(({ type }) => type === "member-join").length >= members);
});

Deno.test("A node that is busy with a large exchange answers small requests at once", () => {
  const { a, world } = startCrowded();
  const late = tell(a, crowdMessage(3));
  assert.equal(late.length, 0);

  const heard = new MsgpackWriter("raw");
  writeUserMessage(heard, Uint8Array.of(200));
  const before = a.log.lines.length;
  assert.deepEqual(tell(a, sealRequest(heard.view(), envelope, new SimRandom(2))), [undefined]);
  assert(a.log.lines.length > before, "The message was read");
  assert.equal(late.length, 0);
  world.clock.advance(0);
  assert.equal(complete(openReply(late[0]!, envelope))[0], messageType.pushPull);
});

Deno.test("A node that stops in the middle of large exchanges answers nothing, and owes nothing", () => {
  // In whichever turn it stops.
  for (let nth = 0; nth < 40; nth += 3) {
    const { world, a, b } = startCrowded();
    const replies = tell(a, crowdMessage(3));
    const outcomes: JoinOutcome[] = [];
    b.core.join([a.address], { ignoreOld: false }, (outcome) => outcomes.push(outcome));
    for (let i = 0; i < nth; i++) world.clock.step();
    a.core.stop();
    b.core.stop();
    assert.equal(outcomes.length, 1);
    assert(replies.length === 1 && (nth > 25 || replies[0] === undefined), `turn ${nth}`);
    const known = b.core.members().length;
    world.clock.advance(60_000);
    assert.equal(b.core.members().length, known);
    assert.equal(outcomes.length + replies.length, 2);
  }
});

Deno.test("A node joins while one host floods the other with requests, and those end", () => {
  const { world, a, b } = startCrowded();
  const small = new MsgpackWriter("raw");
  complete(writeFullState(small, { joining: true, nodes: [], userState: new Uint8Array(0) }));
  const request = (seed: number) => sealRequest(small.view(), envelope, new SimRandom(seed));
  let answered = 0;
  let refused = 0;
  const flood = (seed: number) =>
    a.core.receiveRequest(stranger, request(seed), (reply) => reply ? answered++ : refused++);
  // Each changes what is told, so that nothing is kept for the next.
  const rename = (i: number) => {
    const newcomer = aliveClaim(`n${i}`, 1, { ip: Uint8Array.of(10, 3, i >> 8, i) });
    const claim = new MsgpackWriter("raw");
    writeAlive(claim, newcomer);
    a.core.receivePacket(stranger, sealPacket(claim.view(), envelope, { crc: false }, random));
  };
  const turns = world.clock.turns;
  for (let i = 0; i < 500; i++) flood(100 + i);
  const outcomes: JoinOutcome[] = [];
  b.core.join([a.address], { ignoreOld: false }, (outcome) => outcomes.push(outcome));
  for (let i = 0; i < 40; i++) {
    rename(i);
    flood(1000 + i);
    world.clock.advance(1);
  }
  assert.deepEqual(outcomes.map(({ contacted }) => contacted), [1]);
  world.clock.advance(1000);
  assert.equal(answered + refused, 540);
  // Not one state for each: this is what forty take.
  assert(world.clock.turns - turns < 5000, `${world.clock.turns - turns} turns`);
  assert.equal(b.core.members().length, a.core.members().length);
});
