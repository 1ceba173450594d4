import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { MemberlistConfig } from "../../../../src/memberlist/config.ts";
import { askerOf } from "../../../../src/memberlist/packets/asker.ts";
import { broadcastLimit } from "../../../../src/memberlist/packets/packet_room.ts";
import type { Envelope } from "../../../../src/wire/packet.ts";
import { aliveClaim, describePacket, MemberlistParts } from "../../../support/memberlist_parts.ts";

const target = { host: "10.0.0.9", port: 7946 };
const key = new Uint8Array(32).fill(1);

function build(overrides: Partial<MemberlistConfig> = {}, envelope: Partial<Envelope> = {}) {
  const parts = new MemberlistParts(overrides, envelope);
  parts.addMembers("b", "c");
  return { ...parts, parts };
}

/** A broadcast of the layer above, recognisable by its first byte. */
function userMessage(mark: number, length = 10): Uint8Array {
  const message = new Uint8Array(length);
  message[0] = mark;
  return message;
}

Deno.test("PacketSender.sendPing() tells a healthy member the news along with the ping", () => {
  const { broadcasts, delegate, membership, parts, sender, transport } = build();
  membership.alive(aliveClaim("d", 1));
  delegate.broadcasts.add({ message: Uint8Array.of(0xab) });
  sender.sendPing(parts.member("b"), 7);
  deepStrictEqual(transport.take(), ["10.0.0.98:7946: ping b #7, alive d 1, user ab"]);
  strictEqual(broadcasts.length, 1);
});

Deno.test("PacketSender.sendPing() tells a suspect of the suspicion, and nothing else", () => {
  const { membership, parts, sender, transport } = build();
  membership.suspect({ node: "b", incarnation: 1, from: "c" });
  membership.alive(aliveClaim("d", 1));
  sender.sendPing(parts.member("b"), 7);
  deepStrictEqual(transport.take(), ["10.0.0.98:7946: ping b #7, suspect b 1 from self"]);
});

Deno.test("PacketSender.sendIndirectPing() names target, its address and the wish for a nack", () => {
  const { parts, sender, transport } = build();
  const [b, c] = [parts.member("b"), parts.member("c")];
  sender.sendIndirectPing(b, c, 7, true);
  sender.sendIndirectPing(b, c, 8, false);
  deepStrictEqual(transport.take(), [
    "10.0.0.98:7946: indirect ping c at 10.0.0.99:7946 #7, nack wanted",
    "10.0.0.98:7946: indirect ping c at 10.0.0.99:7946 #8",
  ]);
});

Deno.test("PacketSender.sendAck() and sendNack() carry news as well", () => {
  const { membership, parts, sender, transport } = build();
  membership.alive(aliveClaim("d", 1));
  sender.sendAck(parts.member("b"), { seq: 3, payload: Uint8Array.of(1) });
  sender.sendNack(parts.member("b"), { seq: 4 });
  deepStrictEqual(transport.take(), [
    "10.0.0.98:7946: ack #3 01, alive d 1",
    "10.0.0.98:7946: nack #4, alive d 1",
  ]);
});

Deno.test("PacketSender.sendUserMessage() goes alone", () => {
  const { membership, sender, transport } = build();
  membership.alive(aliveClaim("d", 1));
  sender.sendUserMessage(target, Uint8Array.of(5, 6));
  deepStrictEqual(transport.take(), ["10.0.0.9:7946: user 0506"]);
});

Deno.test("PacketSender.sendBroadcasts() tells what waits, our own claims first", () => {
  const { delegate, membership, parts, sender, transport } = build();
  delegate.broadcasts.add({ message: Uint8Array.of(0xab) });
  membership.dead({ node: "c", incarnation: 1, from: "b" });
  ok(sender.sendBroadcasts([parts.member("b")]) > 0);
  deepStrictEqual(transport.take(), ["10.0.0.98:7946: dead c 1 from b, user ab"]);
});

Deno.test("PacketSender.sendBroadcasts() sends nothing at all where nothing waits", () => {
  const { parts, sender, transport } = build();
  strictEqual(sender.sendBroadcasts([parts.member("b")]), 0);
  deepStrictEqual(transport.packets, []);
});

Deno.test("PacketSender stays within the packet size, whatever surrounds the messages", () => {
  const overheads: Partial<Envelope>[] = [
    {},
    { label: new Uint8Array(200).fill(65) },
    { keys: [key] },
    { keys: [key], label: new Uint8Array(200).fill(65) },
  ];
  for (const envelope of overheads) {
    const label = envelope.label ?? new Uint8Array(0);
    for (const packetSize of [600, 1400]) {
      const { delegate, parts, sender, transport } = build({ packetSize, label }, envelope);
      for (let i = 0; i < 300; i++) {
        delegate.broadcasts.add({ message: userMessage(i, 20 + i % 50) });
      }
      for (let i = 0; i < 100; i++) {
        parts.membership.alive(aliveClaim(`m${i}`, 1, { ip: Uint8Array.of(10, 1, 0, i) }));
      }
      sender.sendBroadcasts([parts.member("b")]);
      sender.sendAck(parts.member("b"), { seq: 1, payload: undefined });
      const lengths = transport.packets.map(({ packet }) => packet.length);
      // Parity: the five bytes of a checksum are not counted.
      ok(lengths.every((length) => length <= packetSize + 5), `${lengths} of ${packetSize}`);
      // Full means full: there is no room left for the shortest message.
      ok(lengths[0]! > packetSize - 100, `${lengths} of ${packetSize}`);
    }
  }
});

Deno.test("PacketSender gives the layer above only the room that our claims leave", () => {
  const { delegate, parts, sender, transport } = build({ packetSize: 200 });
  for (let i = 0; i < 5; i++) {
    parts.membership.alive(aliveClaim(`m${i}`, 1, { ip: Uint8Array.of(10, 1, 0, i) }));
  }
  delegate.broadcasts.add({ message: userMessage(1, 150) });
  sender.sendBroadcasts([parts.member("b")]);
  ok(!transport.take()[0]?.includes("user"));
  strictEqual(delegate.broadcasts.length, 1);
});

Deno.test("PacketSender puts at most 127 messages into a packet, which old peers can read", () => {
  const { delegate, parts, sender, transport } = build({ packetSize: 1400 });
  for (let i = 0; i < 300; i++) delegate.broadcasts.add({ message: Uint8Array.of(1) });
  sender.sendBroadcasts([parts.member("b")]);
  sender.sendAck(parts.member("b"), { seq: 1, payload: undefined });
  const counts = transport.packets.map(({ packet }) => describePacket(packet).length);
  deepStrictEqual(counts, [127, 127]);
});

Deno.test("PacketSender adds a checksum only for members known to read one", () => {
  const { membership, parts, sender, transport } = build();
  membership.alive(aliveClaim("o", 1, { versions: Uint8Array.of(1, 4, 2, 2, 5, 5) }));
  parts.forget();
  const types = () => transport.packets.splice(0).map(({ packet }) => packet[0]);
  sender.sendUserMessage(target, Uint8Array.of(1), parts.member("b"));
  sender.sendUserMessage(target, Uint8Array.of(1), parts.member("o"));
  sender.sendUserMessage(target, Uint8Array.of(1));
  deepStrictEqual(types(), [12, 8, 8]);
  // Parity: answers go to an address and not to a member, so they never have one.
  sender.sendAck(parts.member("b"), { seq: 1, payload: undefined });
  deepStrictEqual(types(), [2]);
});

Deno.test("PacketSender keeps no packet: what was handed to the transport may be overwritten", () => {
  const { parts, sender, transport } = build();
  sender.sendAck(parts.member("b"), { seq: 1, payload: undefined });
  sender.sendAck(parts.member("b"), { seq: 2, payload: undefined });
  deepStrictEqual(transport.take(), ["10.0.0.98:7946: ack #1 nil", "10.0.0.98:7946: ack #2 nil"]);
});

Deno.test("askerOf() prefers the advertised source if it is whole", () => {
  const ping = { seq: 1, node: "", sourceNode: "b" };
  const from = { host: "10.0.0.98", port: 5555 };
  const ip = Uint8Array.of(10, 0, 0, 50);
  const advertised = { host: "10.0.0.50", port: 1 };
  deepStrictEqual(askerOf({ ...ping, sourceIp: ip, sourcePort: 1 }, from), {
    name: "b",
    address: advertised,
  });
  strictEqual(askerOf({ ...ping, sourceIp: ip, sourcePort: 0 }, from).address, from);
  strictEqual(askerOf({ ...ping, sourceIp: undefined, sourcePort: 1 }, from).address, from);
});

Deno.test("PacketSender answers who is no member without news and payload, whatever the name", () => {
  const { membership, sender, transport } = build();
  membership.alive(aliveClaim("d", 1));
  for (const name of ["", "stranger", "b"]) {
    const asker = { name, address: target };
    sender.sendAck(asker, { seq: 3, payload: Uint8Array.of(1) });
    sender.sendNack(asker, { seq: 4 });
    sender.sendRelayedPing(asker, 5);
    sender.sendAnswer(asker, Uint8Array.of(6));
    deepStrictEqual(transport.take(), [
      "10.0.0.9:7946: ack #3 nil",
      "10.0.0.9:7946: nack #4",
      `10.0.0.9:7946: ping ${name} #5`,
      "10.0.0.9:7946: user 06",
    ]);
  }
});

Deno.test("PacketSender sends no more to who is no member than the budget has", () => {
  const { meter, parts, sender, transport } = build();
  const asker = { name: "b", address: target };
  for (let i = 0; i < 100; i++) sender.sendAnswer(asker, new Uint8Array(500));
  strictEqual(transport.packets.length, 3);
  strictEqual(meter.counters.get("memberlist.udp.strangers"), 97);
  for (let i = 0; i < 100; i++) sender.sendAnswer(parts.member("b"), new Uint8Array(500));
  strictEqual(transport.packets.length, 103, "a member is answered without a budget");
});

Deno.test("broadcastLimit() is just what a round of gossip can carry", () => {
  for (const label of [new Uint8Array(0), new Uint8Array(9).fill(65)]) {
    for (const keys of [[], [key]]) {
      const limit = broadcastLimit({ label, packetSize: 1400 }, keys.length > 0);
      for (const [length, isTold] of [[limit, true], [limit + 1, false]] as const) {
        const { delegate, parts, sender } = build({ label }, { label, keys });
        delegate.broadcasts.add({ message: userMessage(1, length) });
        sender.sendBroadcasts([parts.member("b")]);
        strictEqual(delegate.broadcasts.length, isTold ? 0 : 1, `${length} bytes`);
      }
    }
  }
  strictEqual(broadcastLimit({ label: new Uint8Array(0), packetSize: 1400 }, false), 1395);
  strictEqual(broadcastLimit({ label: new Uint8Array(0), packetSize: 1400 }, true), 1366);
});
