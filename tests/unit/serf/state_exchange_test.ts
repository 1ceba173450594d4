import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { complete } from "../../../src/bytes/steps.ts";
import {
  type PushPullState,
  readPushPull,
  writePushPull,
} from "../../../src/serf/push_pull_message.ts";
import type { SerfEvent } from "../../../src/serf/event.ts";
import { Joining } from "../../../src/serf/members/joining.ts";
import { maxLamportTime } from "../../../src/serf/message_type.ts";
import { StateExchange } from "../../../src/serf/state_exchange.ts";
import { UserEvents } from "../../../src/serf/events/user_events.ts";
import { SimRandom } from "../../../src/sim/sim_random.ts";
import { BookUnderTest, reportedMember } from "../../support/serf_parts.ts";

function build(ignoresOldEvents = false) {
  const parts = new BookUnderTest();
  const { book, clocks, intents } = parts;
  const enter = (event: SerfEvent) => parts.events.push(event);
  const userEvents = new UserEvents(parts, { gathersUsers: false, enter });
  const joining = new Joining(parts, intents, ignoresOldEvents);
  const learned: number[] = [];
  const keyGuard = { learn: (time: number) => learned.push(time) };
  const exchange = new StateExchange(parts, { book, intents, joining }, userEvents, keyGuard);
  return { parts, clocks, joining, userEvents, learned, exchange };
}

function message(state: Partial<PushPullState>): Uint8Array {
  const writer = new MsgpackWriter("raw");
  complete(writePushPull(writer, {
    memberTime: 0,
    eventTime: 0,
    queryTime: 0,
    statusTimes: new Map(),
    leftMembers: [],
    eventSlots: [],
    ...state,
  }));
  return writer.copy();
}

Deno.test("StateExchange.localState() lists every member, who left, and 512 slots", () => {
  const { parts, userEvents, exchange } = build();
  for (const name of ["a", "b", "c"]) parts.book.memberJoined(reportedMember(name));
  parts.intents.receiveLeave({ node: "b", ltime: 7, prune: false });
  parts.book.memberLeft(reportedMember("b"));
  parts.book.memberLeft(reportedMember("c"));
  userEvents.fire("deploy", Uint8Array.of(9), false);

  const bytes = complete(exchange.localState());
  strictEqual(bytes[0], 2);
  const state = complete(readPushPull(new MsgpackReader(bytes, 1)));
  strictEqual(state.memberTime, 8);
  strictEqual(state.eventTime, 2);
  strictEqual(state.queryTime, 1);
  deepStrictEqual([...state.statusTimes], [["self", 0], ["a", 0], ["b", 7], ["c", 0]]);
  deepStrictEqual(state.leftMembers, ["b"]);
  strictEqual(state.eventSlots.length, 512);
  strictEqual(state.eventSlots.filter((slot) => slot !== undefined).length, 1);
  deepStrictEqual(state.eventSlots[1], {
    ltime: 1,
    events: [{ name: "deploy", payload: Uint8Array.of(9) }],
  });
});

Deno.test("StateExchange.merge() learns how late it is from whom it asked alone", () => {
  const { exchange, learned } = build();
  complete(exchange.merge(message({ queryTime: 9 }), true, false));
  complete(exchange.merge(message({ queryTime: 7 }), false, true));
  deepStrictEqual(learned, [7]);
});

Deno.test("StateExchange.merge() sets clocks to what the other side's are, not beyond", () => {
  const { clocks, exchange } = build();
  complete(exchange.merge(message({ memberTime: 30, eventTime: 7, queryTime: 0 }), false, false));
  deepStrictEqual([clocks.member.time, clocks.event.time, clocks.query.time], [30, 7, 1]);
});

Deno.test("StateExchange.merge() makes a member leave one later than its status", () => {
  const { parts, exchange } = build();
  parts.book.memberJoined(reportedMember("a"));
  parts.intents.receiveJoin({ node: "a", ltime: 10 });
  complete(
    exchange.merge(
      message({ leftMembers: ["a"], statusTimes: new Map([["a", 10]]) }),
      false,
      false,
    ),
  );
  strictEqual(parts.status("a"), "leaving");
  strictEqual(parts.book.get("a")?.statusTime, 11);
});

Deno.test("StateExchange.merge() refutes a rumour that we left", () => {
  const { parts, exchange } = build();
  complete(
    exchange.merge(
      message({ leftMembers: ["self"], statusTimes: new Map([["self", 90]]) }),
      false,
      false,
    ),
  );
  strictEqual(parts.status("self"), "alive");
  strictEqual(parts.lanes.added.length, 1);
  strictEqual(parts.clocks.member.time, 93);
});

Deno.test("StateExchange.merge() replays events once, and old ones never if told so", () => {
  const slots = message({
    eventTime: 10,
    eventSlots: [
      undefined,
      { ltime: 5, events: [{ name: "old", payload: undefined }] },
      { ltime: 12, events: [{ name: "new", payload: Uint8Array.of(1) }] },
    ],
  });
  const names = (ignoresOldEvents: boolean, isJoin: boolean) => {
    const { parts, exchange, joining } = build(ignoresOldEvents);
    complete(exchange.merge(slots, isJoin, true));
    strictEqual(joining.isAway, ignoresOldEvents && !isJoin);
    complete(exchange.merge(slots, isJoin, true));
    return parts.events.map((event) => event.type === "user" && event.name);
  };
  deepStrictEqual(names(false, true), ["old", "new"]);
  deepStrictEqual(names(true, false), ["old", "new"]);
  deepStrictEqual(names(true, true), ["new"]);
});

Deno.test("StateExchange.merge() ignores what it cannot read, and changes nothing", () => {
  const whole = message({
    memberTime: 30,
    leftMembers: ["a"],
    statusTimes: new Map([["a", 3]]),
    eventSlots: [{ ltime: 5, events: [{ name: "x", payload: Uint8Array.of(1, 2, 3) }] }],
  });
  const { parts, clocks, exchange } = build();
  complete(exchange.merge(new Uint8Array(0), false, false));
  complete(exchange.merge(Uint8Array.of(3, 0x80), false, false));
  for (let length = 1; length < whole.length; length++) {
    complete(exchange.merge(whole.subarray(0, length), false, false));
  }
  complete(exchange.merge(message({ memberTime: maxLamportTime + 1 }), false, false));
  complete(
    exchange.merge(message({ statusTimes: new Map([["a", maxLamportTime + 1]]) }), false, false),
  );

  strictEqual(clocks.member.time, 1);
  deepStrictEqual(parts.events, []);
  strictEqual(parts.book.recentIntents.get("a"), undefined);
  strictEqual(parts.log.lines[1], "error Remote state has bad type prefix: none");
  strictEqual(parts.log.has("error Failed to decode remote state: "), true);

  complete(exchange.merge(message({ memberTime: maxLamportTime }), false, false));
  strictEqual(clocks.member.time, maxLamportTime);
});

Deno.test("StateExchange.stamp is another one whenever localState() is", () => {
  const { clocks, exchange, parts, userEvents } = build();
  const { book, clock, intents } = parts;
  const random = new SimRandom(3);
  const states = new Map<string, string>();
  for (let i = 0; i < 3000; i++) {
    const name = `m${random.below(5)}`;
    const ltime = clocks.member.time + random.below(5) - 2;
    switch (random.below(11)) {
      case 0:
      case 1:
        book.memberJoined(reportedMember(name));
        break;
      case 2:
        book.memberLeft({ ...reportedMember(name), state: random.below(2) ? "dead" : "left" });
        break;
      case 3:
        intents.receiveLeave({ node: name, ltime, prune: random.below(3) === 0 });
        break;
      case 4:
        intents.receiveJoin({ node: name, ltime });
        break;
      case 5:
        userEvents.receive({
          ltime: Math.max(0, clocks.event.time + random.below(4) - 2),
          name: "e",
          payload: Uint8Array.of(random.below(3)),
          coalesce: false,
        });
        break;
      case 6:
        clocks.query.increment();
        break;
      case 7:
        userEvents.ignoreBefore(random.below(3));
        break;
      default:
        clock.advance(random.below(100_000));
    }
    const state = complete(exchange.localState()).toHex();
    strictEqual(states.get(exchange.stamp) ?? state, state, `step ${i}`);
    states.set(exchange.stamp, state);
  }
  ok(states.size > 500 && states.size < 3000, `${states.size} different states`);
});
