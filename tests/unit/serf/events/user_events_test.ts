import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { SerfEvent, UserEvent } from "../../../../src/serf/event.ts";
import { maxRememberedBytes, UserEvents } from "../../../../src/serf/events/user_events.ts";
import { maxEventsPerSlot } from "../../../../src/serf/push_pull_message.ts";
import { TestNode } from "../../../support/test_node.ts";

function build(eventBuffer = 512, userEventSizeLimit = 512) {
  const node = new TestNode({ eventBuffer, userEventSizeLimit, userQuiescentPeriod: 1000 });
  const { clock, clocks: { event: eventClock }, lanes: { added: broadcasts }, log, meter } = node;
  const delivered: UserEvent[] = [];
  const enter = (event: SerfEvent) => delivered.push(event as UserEvent);
  const events = new UserEvents(node, { gathersUsers: true, enter });
  return { clock, events, eventClock, delivered, broadcasts, log, meter };
}

function message(ltime: number, name: string, payload?: Uint8Array) {
  return { ltime, name, payload, coalesce: false };
}

Deno.test("UserEvents.fire() delivers here and queues the message", () => {
  const { events, eventClock, delivered, broadcasts, meter } = build();
  strictEqual(events.fire("deploy", Uint8Array.of(1, 2), true).ok, true);

  deepStrictEqual(delivered, [
    { type: "user", ltime: 1, name: "deploy", payload: Uint8Array.of(1, 2), coalesce: true },
  ]);
  strictEqual(
    broadcasts[0]!.toHex(),
    "0384a24343c3a54c54696d6501a44e616d65a66465706c6f79a75061796c6f6164a20102",
  );
  strictEqual(eventClock.time, 2);
  strictEqual(meter.counters.get("serf.events"), 1);
  strictEqual(meter.counters.get("serf.events.deploy"), 1);
});

Deno.test("UserEvents.fire() measures name and payload in bytes, then the encoded event", () => {
  const { events, delivered, eventClock } = build(512, 64);
  const before = events.fire("ü".repeat(20), new Uint8Array(25), false);
  strictEqual(
    !before.ok && before.error.message,
    "user event exceeds configured limit of 64 bytes before encoding",
  );
  const after = events.fire("x", new Uint8Array(40), false);
  strictEqual(
    !after.ok && after.error.message,
    "encoded user event exceeds configured limit of 64 bytes after encoding",
  );
  strictEqual(delivered.length, 0);
  strictEqual(eventClock.time, 1);
});

Deno.test("UserEvents.fire() keeps no payload and an empty one apart", () => {
  const { events, delivered, broadcasts } = build();
  events.fire("a", undefined, false);
  events.fire("a", new Uint8Array(0), false);
  strictEqual(delivered[0]!.payload, undefined);
  deepStrictEqual(delivered[1]!.payload, new Uint8Array(0));
  strictEqual(broadcasts[0]!.at(-1), 0xc0);
  strictEqual(broadcasts[1]!.at(-1), 0xa0);
});

Deno.test("UserEvents.receive() delivers an event once", () => {
  const { events, delivered } = build();
  strictEqual(events.receive(message(5, "a", Uint8Array.of(1))), true);
  strictEqual(events.receive(message(5, "a", Uint8Array.of(1))), false);
  strictEqual(events.receive(message(5, "a", Uint8Array.of(2))), true);
  strictEqual(events.receive(message(5, "b", Uint8Array.of(1))), true);
  strictEqual(events.receive(message(6, "a", Uint8Array.of(1))), true);
  strictEqual(delivered.length, 4);
});

Deno.test("UserEvents.receive() takes no payload and an empty one for equal", () => {
  const { events } = build();
  strictEqual(events.receive(message(5, "a")), true);
  strictEqual(events.receive(message(5, "a", new Uint8Array(0))), false);
});

Deno.test("UserEvents.receive() drops what is too old to be recognised", () => {
  const { events, eventClock } = build(8);
  events.receive(message(20, "a"));
  strictEqual(eventClock.time, 21);
  strictEqual(events.receive(message(12, "a")), false);
  strictEqual(events.receive(message(13, "a")), true);
  strictEqual(events.late, 1);
});

Deno.test("UserEvents counts what it drops as too old, and says so", () => {
  const { events, log, meter } = build(8);
  events.receive(message(100, "a"));
  events.receive(message(0, "late"));
  events.receive(message(50, "late"));
  strictEqual(events.late, 2);
  strictEqual(meter.counters.get("serf.events_late"), 2);
  deepStrictEqual(log.lines, [
    "warn received old event late from time 0 (current: 101)",
    "warn received old event late from time 50 (current: 101)",
  ]);
});

Deno.test("UserEvents learn from gossip whether an event of a full exchange may be merged", () => {
  const { clock, events, delivered } = build();
  const payload = Uint8Array.of(1);
  const ofExchange = (name: string) => events.receive({ ltime: 5, name, payload });
  for (const name of ["a", "b", "c"]) ofExchange(name);
  payload[0] = 2;
  strictEqual(delivered.length, 0);

  const ofGossip = { ...message(5, "b", Uint8Array.of(1)), coalesce: true };
  strictEqual(events.receive(ofGossip), false);
  strictEqual(events.receive(ofGossip), false);
  events.receive(message(5, "c", Uint8Array.of(1)));
  const named = () => delivered.map(({ name, coalesce }) => `${name} ${coalesce}`);
  deepStrictEqual(named(), ["b true", "c false"]);
  clock.advance(999);
  deepStrictEqual(named(), ["b true", "c false"]);
  clock.advance(1);
  deepStrictEqual(named(), ["b true", "c false", "a false"]);
  deepStrictEqual(delivered[2]!.payload, Uint8Array.of(1));
  clock.advance(5000);
  strictEqual(delivered.length, 3);
});

Deno.test("UserEvents.flush() delivers what waits for gossip, once", () => {
  const { clock, events, delivered } = build();
  events.receive({ ltime: 5, name: "a", payload: undefined });
  events.flush();
  clock.advance(5000);
  strictEqual(delivered.length, 1);
});

Deno.test("UserEvents.ignoreBefore() only ever raises the bound", () => {
  const { events } = build();
  events.ignoreBefore(10);
  events.ignoreBefore(5);
  strictEqual(events.receive(message(9, "a")), false);
  strictEqual(events.receive(message(10, "a")), true);
  strictEqual(events.minTime, 10);
});

Deno.test("UserEvents keeps no borrowed bytes, and hands out none that it keeps", () => {
  const { events, delivered } = build();
  const payload = Uint8Array.of(1, 2, 3);
  events.receive(message(5, "a", payload));
  payload.fill(0xdb);
  deepStrictEqual(delivered[0]!.payload, Uint8Array.of(1, 2, 3));
  delivered[0]!.payload!.fill(0);
  deepStrictEqual(events.slots[5]!.events[0]!.payload, Uint8Array.of(1, 2, 3));
});

Deno.test("UserEvents.receive() bounds how many events share one time", () => {
  const { events, delivered } = build();
  for (let i = 0; i <= maxEventsPerSlot; i++) events.receive(message(5, `event-${i}`));
  strictEqual(delivered.length, maxEventsPerSlot);
  strictEqual(events.receive(message(6, "next")), true);
});

Deno.test("UserEvents remembers a bounded number of bytes, and makes room with time", () => {
  const { events, delivered } = build(4);
  const payload = new Uint8Array(maxRememberedBytes / 2 - 30);
  strictEqual(events.receive(message(4, "a", payload)), true);
  strictEqual(events.receive(message(5, "b", payload)), true);
  strictEqual(events.receive(message(6, "c", payload)), false);
  strictEqual(events.receive(message(6, "small")), false);
  // Time 8 has the place of time 4.
  strictEqual(events.receive(message(8, "d", payload)), true);
  deepStrictEqual(delivered.map(({ name }) => name), ["a", "b", "d"]);
});

Deno.test("UserEvents tells many alike events of one time apart without reading all of each", () => {
  const { events } = build(8, 2000);
  let reads = 0;
  const payload = (last: number, isWatched = false) => {
    const bytes = new Uint8Array(400).fill(7);
    bytes[399] = last & 255;
    bytes[398] = last >> 8;
    if (!isWatched) return bytes;
    return new Proxy(bytes, {
      get(target, name) {
        if (typeof name === "string" && /^\d+$/.test(name)) reads++;
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  for (let i = 0; i < 4000; i++) strictEqual(events.receive(message(10, "a", payload(i))), true);
  for (let i = 0; i < 4000; i++) strictEqual(events.receive(message(10, "a", payload(i))), false);
  strictEqual(events.receive(message(10, "a1", payload(1))), true);
  strictEqual(events.receive(message(10, "a", payload(4000, true))), true);
  ok(reads < 10 * 400, `${reads} bytes are read`);
});

Deno.test("UserEvents takes no payload for an empty one, among few and among many", () => {
  const { events } = build();
  for (const name of ["first", "last"]) {
    strictEqual(events.receive(message(10, name)), true);
    strictEqual(events.receive(message(10, name, new Uint8Array(0))), false);
    strictEqual(events.receive(message(10, name, Uint8Array.of(0xff))), true);
    strictEqual(events.receive(message(10, name, Uint8Array.of(0xff))), false);
    for (let i = 0; i < 20; i++) events.receive(message(10, `${name} ${i}`));
    strictEqual(events.receive(message(10, name)), false);
    strictEqual(events.receive(message(10, `${name} 7`)), false);
  }
});
