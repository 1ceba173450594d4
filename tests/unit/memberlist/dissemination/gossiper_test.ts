import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BroadcastQueue } from "../../../../src/memberlist/broadcasts/broadcast_queue.ts";
import { memberlistConfig } from "../../../../src/memberlist/config.ts";
import { treeNeighbours } from "../../../../src/memberlist/dissemination/broadcast_tree.ts";
import { Gossiper } from "../../../../src/memberlist/dissemination/gossiper.ts";
import { gossipTuning } from "../../../../src/memberlist/gossip_tuning.ts";
import { Outbox } from "../../../../src/memberlist/broadcasts/outbox.ts";
import { PacketSender } from "../../../../src/memberlist/packets/packet_sender.ts";
import { type MutableMember, Roster } from "../../../../src/memberlist/membership/roster.ts";
import { unknownVersions } from "../../../../src/memberlist/membership/versions.ts";
import type { Address } from "../../../../src/ports/address.ts";
import { silentLog } from "../../../../src/ports/silence.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { SimRandom } from "../../../../src/sim/sim_random.ts";
import { plainEnvelope } from "../../../../scripts/lab/plain_envelope.ts";
import { RecordingDelegate, RecordingMeter } from "../../../support/recorders.ts";

const { backupShare, maxFirstPackets, maxRepairs, repairIntervals, roundGap } = gossipTuning;

/** A gossiper at 10.0.0.0 with members behind it, and the packets that it sent: `[time, host]`. */
function build(members: number) {
  const clock = new SimClock(1000);
  const random = new SimRandom(1);
  const meter = new RecordingMeter();
  const config = memberlistConfig({
    name: "m",
    advertise: { ip: Uint8Array.of(10, 0, 0, 0), port: 1 },
  });
  const roster = new Roster(random);
  const all = Array.from({ length: members }, (_, i): MutableMember => ({
    // The gossiper itself stands third, where the graph leads to three others.
    name: i === 0 ? "m" : i < 3 ? `a${i}` : `z${i}`,
    ip: Uint8Array.of(10, 0, 0, i),
    address: { host: `10.0.0.${i}`, port: 1 },
    meta: new Uint8Array(0),
    versions: unknownVersions,
    incarnation: 1,
    state: "alive",
    stateChangedAt: 0,
  }));
  for (const member of all) roster.add(member);
  const broadcasts = new BroadcastQueue(config.retransmitMult, () => roster.size);
  const delegate = new RecordingDelegate();
  const outbox = new Outbox(broadcasts, delegate.lanes, gossipTuning.userShare);
  const sent: [number, string][] = [];
  const base = {
    transport: {
      sendPacket: (to: Address) => sent.push([clock.now(), to.host]),
      exchange() {},
    },
    random,
    log: silentLog,
    meter,
    config,
    envelope: plainEnvelope,
    observer: undefined,
    clock,
    roster,
    outbox,
  };
  const sender = new PacketSender(base);
  const gossiper = new Gossiper({ ...base, sender });
  outbox.onAdd = () => gossiper.notice();
  return { all, broadcasts, clock, delegate, gossiper, roster, sent };
}

/** The members that the tree of a message leads to, as hosts; `place` is that of the gossiper. */
function tree(roster: Roster, message: Uint8Array) {
  const place = roster.placeOf("m");
  const { children, parent, root } = treeNeighbours(place, roster.live.length, 3, message);
  const host = (at: number) => roster.live[at]!.address.host;
  return {
    place,
    root,
    rootHost: host(root),
    children: children.map(host),
    parent: parent === undefined ? undefined : roster.live[parent]!.address,
  };
}

const backup = backupShare * 200;

Deno.test("Gossiper tells the tree of a lone message at once, others soon, and the rest later", () => {
  for (let i = 0; i < 20; i++) {
    const { broadcasts, clock, gossiper, roster, sent } = build(20);
    gossiper.start();
    const message = new Uint8Array(50).fill(i);
    broadcasts.add({ message });
    strictEqual(sent.length, 0, "not inside the turn that adds it");
    clock.advance(0);
    const { children, place, root, rootHost } = tree(roster, message);
    const expected = root === place || children.includes(rootHost)
      ? children
      : [rootHost, ...children];
    deepStrictEqual(sent.map(([, host]) => host), expected);
    clock.advance(backup);
    const soon = sent.slice(expected.length);
    ok(soon.length > 0 && soon.length <= 3);
    ok(soon.every(([at]) => at === 1000 + backup));
    clock.advance(60_000);

    const pause = repairIntervals * 200;
    ok(sent.slice(expected.length + soon.length).every(([at]) => at >= 1000 + backup + pause));
    const hosts = sent.map(([, host]) => host);
    strictEqual(hosts.length, 8);
    strictEqual(new Set(hosts).size, 8, "nobody is told twice while others are left");
    ok(!hosts.includes("10.0.0.0"));
  }
});

Deno.test("Gossiper distrusts the tree of a message that did not come down it", () => {
  let trusted = 0;
  let distrusted = 0;
  for (let i = 0; i < 40; i++) {
    const { all, broadcasts, clock, gossiper, roster, sent } = build(20);
    gossiper.start();
    const message = new Uint8Array(50).fill(i);
    const from = all[1 + i % 19]!.address;
    const { children, parent } = tree(roster, message);
    broadcasts.add({ message, from });
    clock.advance(0);
    const hosts = sent.map(([, host]) => host);
    if (parent === undefined || parent.host === from.host) {
      deepStrictEqual(hosts, children.filter((host) => host !== from.host));
      trusted++;
    } else {
      ok(hosts.length >= 2, String(hosts));
      distrusted++;
    }
  }
  ok(trusted > 0 && distrusted > 0);
});

Deno.test("Gossiper tells several messages to three others at once", () => {
  const { broadcasts, clock, gossiper, sent } = build(20);
  gossiper.start();
  broadcasts.add({ message: new Uint8Array(50) });
  broadcasts.add({ message: new Uint8Array(51) });
  clock.advance(0);
  deepStrictEqual(sent.map(([at]) => at), [1000, 1000, 1000]);
  clock.advance(60_000);
  const pause = repairIntervals * 200;
  deepStrictEqual(
    sent.map(([at]) => at - 1000),
    [0, 0, 0, pause, pause, pause, 2 * pause, 2 * pause],
  );
});

Deno.test("Gossiper does not tell news to whom it came from", () => {
  for (let i = 0; i < 20; i++) {
    const { all, broadcasts, clock, gossiper, sent } = build(10);
    gossiper.start();
    const from = all[1 + i % 9]!.address;
    broadcasts.add({ message: new Uint8Array(50 + i), from });
    clock.advance(60_000);
    strictEqual(sent.length, 8);
    ok(!sent.some(([, host]) => host === from.host));
  }
});

Deno.test("Gossiper tells everybody again if there are not enough others", () => {
  const { broadcasts, clock, gossiper, sent } = build(3);
  gossiper.start();
  broadcasts.add({ message: new Uint8Array(50) });
  clock.advance(60_000);
  deepStrictEqual(sent.map(([, host]) => host).sort(), [
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.2",
  ]);
});

Deno.test("Gossiper tells several packets for the first time while news piles up", () => {
  const { broadcasts, clock, gossiper, sent } = build(20);
  for (let i = 0; i < 300; i++) broadcasts.add({ message: new Uint8Array(100) });
  gossiper.start();
  clock.advance(0);
  const round = 3 * (maxFirstPackets + maxRepairs);
  strictEqual(sent.length, round);
  strictEqual(new Set(sent.slice(0, 3 * maxFirstPackets).map(([, host]) => host)).size, 3);
  clock.advance(roundGap);
  strictEqual(sent.length, 2 * round);
  clock.advance(60_000);
  strictEqual(broadcasts.length, 0);
});

Deno.test("Gossiper is silent without news, without peers, and once it was stopped", () => {
  const alone = build(1);
  alone.gossiper.start();
  alone.broadcasts.add({ message: new Uint8Array(5) });
  alone.clock.advance(10_000);
  strictEqual(alone.sent.length, 0);
  strictEqual(alone.clock.turns, 1, "it does not try again and again");

  const { broadcasts, clock, gossiper, sent } = build(5);
  gossiper.start();
  clock.advance(10_000);
  strictEqual(clock.pending, 0);
  broadcasts.add({ message: new Uint8Array(5) });
  gossiper.stop();
  clock.advance(10_000);
  broadcasts.add({ message: new Uint8Array(5) });
  clock.advance(10_000);
  strictEqual(sent.length, 0);
});

Deno.test("Gossiper carries what the layer above has to tell", () => {
  const { clock, delegate, gossiper, sent } = build(5);
  gossiper.start();
  delegate.broadcasts.add({ message: Uint8Array.of(0xab) });
  clock.advance(10_000);
  ok(sent.length > 0);
});

Deno.test("Gossiper tells the dead for a while and those that left never", () => {
  const { all, broadcasts, clock, gossiper, roster, sent } = build(3);
  all[1]!.state = "left";
  all[2]!.state = "dead";
  for (const member of all) roster.noteState(member);
  gossiper.start();
  all[2]!.stateChangedAt = 1000 - 29_500;
  broadcasts.add({ message: new Uint8Array(5) });
  clock.advance(500);
  deepStrictEqual(sent.map(([, host]) => host), ["10.0.0.2", "10.0.0.2"]);
  clock.advance(5000);
  strictEqual(sent.length, 2);
});
