import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { PacketReceiver } from "../../../src/memberlist/packet_receiver.ts";
import { PingRelay } from "../../../src/memberlist/detection/ping_relay.ts";
import { boundedLog } from "../../../src/ports/bounded_log.ts";
import { writeAlive, writeDead, writeSuspect } from "../../../src/wire/claims.ts";
import { PacketBuilder } from "../../../src/wire/compound.ts";
import { type Envelope, sealPacket } from "../../../src/wire/packet.ts";
import {
  type Ping,
  writeAck,
  writeIndirectPing,
  writeNack,
  writePing,
} from "../../../src/wire/pings.ts";
import { aliveClaim, MemberlistParts } from "../../support/memberlist_parts.ts";

const peer = { host: "10.0.0.98", port: 5555 };

function build(envelope: Partial<Envelope> = {}) {
  const parts = new MemberlistParts({}, envelope);
  const relay = new PingRelay(parts.config, parts.acks, parts.sender, parts.clock);
  const observer = parts.observerFor(boundedLog(parts.log, parts.clock));
  const receiver = new PacketReceiver({ ...parts, observer, relay });
  return {
    ...parts,
    parts,
    receiver,
    receive: (packet: Uint8Array) => receiver.receive(peer, packet),
  };
}

function message(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.copy();
}

function ping(overrides: Partial<Ping> = {}): Uint8Array {
  const unsourced = { sourceIp: undefined, sourcePort: 0, sourceNode: "" };
  return message((writer) =>
    writePing(writer, { seq: 7, node: "self", ...unsourced, ...overrides })
  );
}

function compound(...messages: readonly Uint8Array[]): Uint8Array {
  const builder = new PacketBuilder();
  builder.reset(65_000);
  for (const part of messages) builder.add(part);
  return builder.build().slice();
}

Deno.test("PacketReceiver answers a ping of a member with the payload from above", () => {
  const { delegate, parts, receive, transport } = build();
  parts.addMembers("b");
  delegate.payload = Uint8Array.of(1, 2);
  const source = { sourceIp: Uint8Array.of(10, 0, 0, 98), sourcePort: 7946, sourceNode: "b" };
  receive(ping(source));
  receive(ping({ node: "", ...source }));
  deepStrictEqual(transport.take(), ["10.0.0.98:7946: ack #7 0102", "10.0.0.98:7946: ack #7 0102"]);
});

Deno.test("PacketReceiver answers a ping without a source where the packet came from, barely", () => {
  const { delegate, receive, transport } = build();
  delegate.payload = Uint8Array.of(1, 2);
  receive(ping());
  deepStrictEqual(transport.take(), ["10.0.0.98:5555: ack #7 nil"]);
});

Deno.test("PacketReceiver answers a ping at its advertised source, if that is whole", () => {
  const { receive, transport } = build();
  receive(ping({ sourceIp: Uint8Array.of(10, 0, 0, 50), sourcePort: 7000 }));
  receive(ping({ sourceIp: Uint8Array.of(10, 0, 0, 50), sourcePort: 0 }));
  receive(ping({ sourceIp: new Uint8Array(0), sourcePort: 7000 }));
  deepStrictEqual(transport.take(), [
    "10.0.0.50:7000: ack #7 nil",
    "10.0.0.98:5555: ack #7 nil",
    "10.0.0.98:5555: ack #7 nil",
  ]);
});

Deno.test("PacketReceiver answers no ping that is meant for somebody else", () => {
  const { log, receive, transport } = build();
  receive(ping({ node: "other" }));
  deepStrictEqual(transport.take(), []);
  ok(log.has("warn Got ping for unexpected node 'other' from=10.0.0.98:5555"));
});

Deno.test("PacketReceiver hands each message to whom it concerns", () => {
  const { acks, delegate, parts, receive, transport } = build();
  const answers: string[] = [];
  acks.expect(3, 1000, {
    ack: (payload) => {
      answers.push(`ack ${payload?.toHex()}`);
    },
    nack: () => {
      answers.push("nack");
    },
  });
  receive(message((writer) => writeAlive(writer, aliveClaim("b", 4))));
  strictEqual(parts.standing("b"), "alive 4");
  receive(message((writer) => writeSuspect(writer, { node: "b", incarnation: 4, from: "c" })));
  strictEqual(parts.standing("b"), "suspect 4");
  receive(message((writer) => writeDead(writer, { node: "b", incarnation: 4, from: "c" })));
  strictEqual(parts.standing("b"), "dead 4");
  receive(message((writer) => writeNack(writer, { seq: 3 })));
  receive(message((writer) => writeAck(writer, { seq: 3, payload: Uint8Array.of(9) })));
  deepStrictEqual(answers, ["nack", "ack 09"]);
  receive(Uint8Array.of(8, 0xab, 0xcd));
  deepStrictEqual(delegate.heard, ["join b", "leave b", "message abcd"]);
  strictEqual(transport.packets.length, 0);
});

Deno.test("PacketReceiver pings for others, and answers them where they want it", () => {
  const { parts, receive, transport } = build();
  receive(message((writer) =>
    writeIndirectPing(writer, {
      seq: 5,
      node: "t",
      targetIp: Uint8Array.of(10, 0, 0, 9),
      targetPort: 7946,
      nack: true,
      sourceIp: Uint8Array.of(10, 0, 0, 50),
      sourcePort: 7000,
      sourceNode: "asker",
    })
  ));
  deepStrictEqual(transport.take(), ["10.0.0.9:7946: ping t #1"]);
  parts.clock.advance(500);
  deepStrictEqual(transport.take(), ["10.0.0.50:7000: nack #5"]);
});

Deno.test("PacketReceiver takes the own port for that of members who name none", () => {
  const { parts, receive } = build();
  receive(message((writer) => writeAlive(writer, aliveClaim("b", 1, { port: 0 }))));
  strictEqual(parts.member("b").address.port, 7946);
});

Deno.test("PacketReceiver handles the messages of a packet in order, the broken ones aside", () => {
  const { delegate, log, meter, parts, receive } = build();
  receive(compound(
    message((writer) => writeAlive(writer, aliveClaim("b", 1))),
    Uint8Array.of(4, 0xc3),
    Uint8Array.of(99),
    Uint8Array.of(6),
    Uint8Array.of(8, 1),
    message((writer) => writeDead(writer, { node: "b", incarnation: 1, from: "b" })),
  ));
  deepStrictEqual(delegate.heard, ["join b", "message 01", "leave b"]);
  strictEqual(parts.standing("b"), "left 1");
  strictEqual(meter.counters.get("memberlist.rejected.unknown-type"), 2);
  strictEqual(meter.counters.get("memberlist.rejected.malformed"), 1);
  ok(log.has("Dropping a message: message type (99) not supported from=10.0.0.98:5555"));
});

Deno.test("PacketReceiver drops what is sealed with a key or a label that is not ours", () => {
  const key = new Uint8Array(16).fill(1);
  const { meter, parts, receive, random } = build({ keys: [key], label: Uint8Array.of(66) });
  const alive = message((writer) => writeAlive(writer, aliveClaim("b", 1)));
  const seal = (overrides: Partial<Envelope>) =>
    sealPacket(alive, { ...parts.envelope, ...overrides }, { crc: false }, random).slice();
  receive(seal({ keys: [new Uint8Array(16).fill(2)] }));
  receive(seal({ label: Uint8Array.of(67) }));
  receive(seal({ label: new Uint8Array(0) }));
  receive(alive);
  strictEqual(parts.standing("b"), "unknown");
  strictEqual(meter.counters.get("memberlist.rejected.label"), 3);
  strictEqual(meter.counters.get("memberlist.rejected.undecryptable"), 1);
  receive(seal({}));
  strictEqual(parts.standing("b"), "alive 1");
});

Deno.test("PacketReceiver logs rubbish of one peer once, however much comes", () => {
  const { log, meter, receive } = build();
  for (let i = 0; i < 1000; i++) receive(Uint8Array.of(200, i));
  strictEqual(log.lines.length, 1);
  strictEqual(meter.counters.get("memberlist.rejected.unknown-type"), 1000);
});

Deno.test("PacketReceiver survives any packet", () => {
  const { receive, parts } = build();
  const seeds = [
    ping(),
    message((writer) => writeAlive(writer, aliveClaim("b", 1))),
    compound(ping(), ping()),
    Uint8Array.of(9, 0x82),
    Uint8Array.of(12, 0, 0, 0, 0),
  ];
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.constantFrom(...seeds), fc.nat(), fc.nat(255)).map(([seed, at, value]) => {
      const bytes = seed.slice();
      bytes[at % bytes.length] = value;
      return bytes;
    }),
    fc.tuple(fc.constantFrom(...seeds), fc.nat()).map(([seed, end]) =>
      seed.slice(0, end % seed.length)
    ),
  );
  fc.assert(fc.property(anything, (packet) => receive(packet)), { numRuns: 2000 });
  strictEqual(parts.standing("self").startsWith("alive "), true);
});

Deno.test("PacketReceiver does not hide our own mistakes", () => {
  const { delegate, receive } = build();
  delegate.receiveMessage = () => {
    throw new TypeError("a mistake");
  };
  throws(() => receive(Uint8Array.of(8, 1)), TypeError);
});
