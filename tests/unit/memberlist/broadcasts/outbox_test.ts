import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  BroadcastQueue,
  type QueueOptions,
} from "../../../../src/memberlist/broadcasts/broadcast_queue.ts";
import { Outbox } from "../../../../src/memberlist/broadcasts/outbox.ts";
import { PacketBuilder } from "../../../../src/wire/compound.ts";
import { messageType } from "../../../../src/wire/message_type.ts";
import { RecordingMeter } from "../../../support/recorders.ts";

/** An outbox with lanes like those of Serf, among three members. */
function build() {
  const meter = new RecordingMeter();
  const lane = (options: QueueOptions = {}) =>
    new BroadcastQueue(4, () => 3, {
      typeByte: messageType.user,
      sent: (length) => meter.sample("serf.msgs.sent", length),
      ...options,
    });
  const claims = new BroadcastQueue(4, () => 3);
  const intents = lane();
  const queries = lane();
  const userEvents = lane({ order: "oldest-first", maxRepairs: 4 });
  const outbox = new Outbox(claims, [intents, queries, userEvents], 0.25);
  return { claims, intents, meter, outbox, queries, userEvents };
}

const packet = new PacketBuilder();

/** Fills a packet with so much room; returns the lengths of what went into it, type bytes aside. */
function fill(outbox: Outbox, room: number): number[] {
  packet.reset(room);
  outbox.fill(packet, []);
  const built = packet.build();
  if (packet.count < 2) return built.length === 0 ? [] : [built.length - 1];
  return Array.from(
    { length: packet.count },
    (_, i) => (built[2 + 2 * i]! << 8) + built[3 + 2 * i]!,
  )
    .map((length) => length - 1);
}

Deno.test("Outbox.fill() takes claims, then the other lanes in their order", () => {
  const { claims, intents, meter, outbox, queries, userEvents } = build();
  userEvents.add({ message: new Uint8Array(5).fill(3) });
  queries.add({ message: new Uint8Array(6).fill(4) });
  intents.add({ message: new Uint8Array(7).fill(1) });
  claims.add({ message: new Uint8Array(9) });
  deepStrictEqual(fill(outbox, 100), [8, 7, 6, 5]);
  deepStrictEqual(meter.samples.get("serf.msgs.sent"), [7, 6, 5]);
});

Deno.test("Outbox.fill() fills the last byte, and leaves what does not fit", () => {
  const { intents, outbox, queries, userEvents } = build();
  intents.add({ message: new Uint8Array(7) });
  queries.add({ message: new Uint8Array(6) });
  userEvents.add({ message: new Uint8Array(4) });
  deepStrictEqual(fill(outbox, 10 + 7), [7, 4]);
  deepStrictEqual(fill(outbox, 2), []);
  strictEqual(queries.length, 1);
});

Deno.test("Outbox.fill() leaves a share of the packet to the lanes behind the claims", () => {
  const { claims, outbox, userEvents } = build();
  for (let i = 0; i < 20; i++) claims.add({ message: new Uint8Array(10) });
  deepStrictEqual(fill(outbox, 120), new Array(10).fill(9));
  userEvents.add({ message: new Uint8Array(20) });
  deepStrictEqual(fill(outbox, 120), [...new Array(8).fill(9), 20]);
});

Deno.test("Outbox repeats a message for as many packets as the cluster is large", () => {
  const { intents, outbox } = build();
  let finished = 0;
  intents.add({ message: Uint8Array.of(1), finished: () => finished++ });
  for (let round = 1; round <= 4; round++) {
    strictEqual(finished, 0);
    fill(outbox, 100);
  }
  strictEqual(finished, 1);
  strictEqual(intents.length, 0);
});

Deno.test("Outbox.backlog() adds all lanes up", () => {
  const { claims, intents, outbox, userEvents } = build();
  claims.add({ message: new Uint8Array(9) });
  intents.add({ message: new Uint8Array(7), finished() {} });
  fill(outbox, 100);
  userEvents.add({ message: new Uint8Array(5) });
  deepStrictEqual(outbox.backlog(), {
    length: 3,
    bytes: 21,
    unsent: 1,
    sentAlongTree: 0,
    awaited: 1,
  });
  ok(outbox.hasClaims);
  outbox.clear();
  deepStrictEqual(outbox.backlog(), {
    length: 0,
    bytes: 0,
    unsent: 0,
    sentAlongTree: 0,
    awaited: 0,
  });
});

Deno.test("Outbox.newest is what was added last, in whatever lane, while it waits", () => {
  const { claims, intents, outbox } = build();
  const newest = () => outbox.newest?.message[0];
  let added = 0;
  outbox.onAdd = () => added++;
  strictEqual(newest(), undefined);
  intents.add({ message: Uint8Array.of(1) });
  claims.add({ message: Uint8Array.of(2) });
  strictEqual(newest(), 2);
  claims.clear();
  strictEqual(newest(), undefined);
  strictEqual(added, 2);
});

Deno.test("Outbox keeps few user events that were sent before, and all that were not", () => {
  const { outbox, userEvents } = build();
  for (let i = 0; i < 10; i++) userEvents.add({ message: Uint8Array.of(i) });
  strictEqual(userEvents.length, 10);
  fill(outbox, 100);
  userEvents.add({ message: Uint8Array.of(10) });
  deepStrictEqual([userEvents.length, userEvents.unsent], [5, 1]);
});
