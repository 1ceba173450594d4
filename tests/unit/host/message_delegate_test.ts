import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { complete } from "../../../src/bytes/steps.ts";
import { type MemberlistEvent, MessageDelegate } from "../../../src/host/message_delegate.ts";
import type { MutableMember } from "../../../src/memberlist/roster.ts";
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

Deno.test("MessageDelegate.fillPacket() adds what fits and hands each out so often", () => {
  const { delegate } = build();
  delegate.news.add({ message: new Uint8Array(20).fill(1) });
  delegate.news.add({ message: new Uint8Array(5).fill(2) });
  const fill = (room: number) => {
    const added: number[] = [];
    let left = room;
    delegate.fillPacket(
      {
        get room() {
          return left - 3;
        },
        add(message) {
          left -= message.length + 3;
          return added.push(message[0]!) > 0;
        },
      },
      [peer],
      0,
    );
    return added;
  };
  deepStrictEqual(fill(100), [1, 2]);
  deepStrictEqual(fill(10), [2]);
  for (let i = 0; i < 3; i++) fill(100);
  strictEqual(delegate.news.length, 0);
});

Deno.test("MessageDelegate adds nothing to exchanges and acks", () => {
  const { delegate, events } = build();
  strictEqual(complete(delegate.localState()).length, 0);
  complete(delegate.mergeState());
  delegate.pingComplete();
  strictEqual(delegate.ackPayload(), undefined);
  deepStrictEqual(events, []);
});
