import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { complete } from "../../../src/bytes/steps.ts";
import { type MemberlistEvent, MessageDelegate } from "../../../src/host/message_delegate.ts";
import { BroadcastQueue } from "../../../src/memberlist/broadcasts/broadcast_queue.ts";
import { Outbox } from "../../../src/memberlist/broadcasts/outbox.ts";
import type { MutableMember } from "../../../src/memberlist/membership/roster.ts";
import { PacketBuilder } from "../../../src/wire/compound.ts";
import { describePacket } from "../../support/memberlist_parts.ts";
import { reportedMember } from "../../support/serf_parts.ts";

function build() {
  const events: MemberlistEvent[] = [];
  const metadata = Uint8Array.of(1, 2);
  const delegate = new MessageDelegate({
    metadata,
    retransmitMult: 4,
    memberCount: () => 1,
    emit: (event) => events.push(event),
  });
  return { delegate, events, metadata };
}

const peer = { host: "10.0.0.9", port: 1 };

Deno.test("MessageDelegate reports members as they were: later changes do not show", () => {
  const { delegate, events } = build();
  const member: MutableMember = { ...reportedMember("b") };
  delegate.memberJoined(member);
  member.state = "dead";
  delegate.memberLeft(member);
  delegate.memberUpdated(member);
  delegate.nameConflict(member, reportedMember("b", { incarnation: 7 }));
  member.state = "alive";
  deepStrictEqual(
    events.map((event) => event.type === "message" ? "" : `${event.type} ${event.member.state}`),
    ["join alive", "leave dead", "update dead", "conflict dead"],
  );
});

Deno.test("MessageDelegate keeps copies of messages and metadata", () => {
  const { delegate, events, metadata } = build();
  const message = Uint8Array.of(7);
  delegate.receiveMessage(message, peer);
  delegate.receiveMessage(message);
  message.fill(0);
  metadata.fill(0);
  deepStrictEqual(events, [
    { type: "message", payload: Uint8Array.of(7), from: peer },
    { type: "message", payload: Uint8Array.of(7), from: undefined },
  ]);
  deepStrictEqual([...delegate.meta()], [1, 2]);
});

Deno.test("MessageDelegate has a lane whose messages are sent where they fit, each so often", () => {
  const { delegate } = build();
  delegate.broadcasts.add({ message: new Uint8Array(20).fill(1) });
  delegate.broadcasts.add({ message: new Uint8Array(5).fill(2) });
  const claims = new BroadcastQueue(4, () => 1);
  const outbox = new Outbox(claims, delegate.lanes, 0.25);
  const packet = new PacketBuilder();
  const fill = (room: number) => {
    packet.reset(room);
    outbox.fill(packet, [peer]);
    return describePacket(packet.build()).map((message) => message.slice(0, "user 00".length));
  };
  deepStrictEqual(fill(100), ["user 01", "user 02"]);
  deepStrictEqual(fill(10), ["user 02"]);
  for (let i = 0; i < 3; i++) fill(100);
  strictEqual(delegate.broadcasts.length, 0);
});

Deno.test("MessageDelegate adds nothing to exchanges and acks", () => {
  const { delegate, events } = build();
  strictEqual(complete(delegate.localState()).length, 0);
  complete(delegate.mergeState());
  delegate.pingComplete();
  strictEqual(delegate.ackPayload(), undefined);
  deepStrictEqual(events, []);
});
