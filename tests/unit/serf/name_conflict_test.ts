import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { decodeText } from "../../../src/bytes/text.ts";
import { addressFromBytes } from "../../../src/ports/address.ts";
import { failure, success } from "../../../src/ports/result.ts";
import { writeConflictResponse } from "../../../src/serf/conflict_message.ts";
import {
  conflictLogInterval,
  maxLoggedNames,
  NameConflict,
} from "../../../src/serf/name_conflict.ts";
import { type QueryHandlers, RunningQuery } from "../../../src/serf/running_query.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { RecordingLog, RecordingMeter } from "../../support/recorders.ts";
import { reportedMember } from "../../support/serf_parts.ts";
import { pictureOf } from "../../support/snapshot_events.ts";

const self = reportedMember("me", {
  ip: Uint8Array.of(10, 0, 0, 1),
  address: addressFromBytes(Uint8Array.of(10, 0, 0, 1), 7946),
});
const rival = reportedMember("me", {
  ip: Uint8Array.of(10, 0, 0, 2),
  address: addressFromBytes(Uint8Array.of(10, 0, 0, 2), 7946),
});

function build(settings: { isEnabled?: boolean; canAsk?: boolean } = {}) {
  const { isEnabled = true, canAsk = true } = settings;
  const clock = new SimClock();
  const log = new RecordingLog();
  const asked: { name: string; payload: string; handlers: QueryHandlers }[] = [];
  const losses: string[] = [];
  const conflict = new NameConflict({
    clock,
    log,
    self: () => self,
    isEnabled,
    ask: (name, payload, handlers) => {
      if (!canAsk) return failure("too many queries are running");
      asked.push({ name, payload: decodeText(payload), handlers });
      return success(
        new RunningQuery({
          clock,
          log,
          meter: new RecordingMeter(),
          ltime: 1,
          id: 1,
          wantsAck: false,
          timeout: 1000,
          capacity: 10,
          handlers,
          closed: () => {},
        }),
      );
    },
    lost: (reason) => losses.push(reason),
  });
  return { clock, log, asked, losses, conflict };
}

/** The answer of a member that sees the name at an address, or nowhere. */
function answer(ip?: string, port = 7946): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writeConflictResponse(writer, ip === undefined ? undefined : pictureOf("me", ip, port));
  return writer.copy();
}

/** Holds a vote with these answers and returns what was logged about its outcome. */
function vote(answers: readonly Uint8Array[]) {
  const parts = build();
  parts.conflict.notice(self, rival);
  const { handlers } = parts.asked[0]!;
  for (const [i, payload] of answers.entries()) handlers.onResponse(`n${i}`, payload);
  parts.clock.advance(1000);
  return { ...parts, outcome: parts.log.lines.at(-1)! };
}

const here = answer("10.0.0.1");
const there = answer("10.0.0.2");

Deno.test("NameConflict.notice() only tells of a name that is not ours", () => {
  const { conflict, log, asked } = build();
  conflict.notice({ ...self, name: "other" }, rival);
  deepStrictEqual(log.lines, [
    "warn Name conflict for 'other' both 10.0.0.1:7946 and 10.0.0.2:7946 are claiming",
  ]);
  strictEqual(asked.length, 0);
});

Deno.test("NameConflict.notice() asks everybody about our name", () => {
  const { conflict, log, asked } = build();
  conflict.notice(self, rival);
  deepStrictEqual(asked.map(({ name, payload }) => [name, payload]), [["_serf_conflict", "me"]]);
  deepStrictEqual(log.lines, [
    "error Node name conflicts with another node at 10.0.0.2:7946. " +
    "Names must be unique! (Resolution enabled: true)",
  ]);
});

Deno.test("NameConflict.notice() asks nobody if that is switched off", () => {
  const { conflict, log, asked } = build({ isEnabled: false });
  conflict.notice(self, rival);
  strictEqual(asked.length, 0);
  ok(log.has("(Resolution enabled: false)"));
});

Deno.test("NameConflict stays with a majority", () => {
  const { losses, outcome } = vote([here, there, here]);
  deepStrictEqual(losses, []);
  strictEqual(outcome, "info majority in name conflict resolution [2 / 3]");
});

Deno.test("NameConflict goes without one, and half is none", () => {
  const minority = vote([there]);
  strictEqual(minority.losses.length, 1);
  strictEqual(minority.outcome, "warn minority in name conflict resolution, quiting [0 / 1]");
  const half = vote([here, there]);
  strictEqual(half.losses.length, 1);
  strictEqual(half.outcome, "warn minority in name conflict resolution, quiting [1 / 2]");
});

Deno.test("NameConflict stays if nobody answers", () => {
  const { losses, outcome } = vote([]);
  deepStrictEqual(losses, []);
  strictEqual(outcome, "warn nobody answered in name conflict resolution, staying");
});

Deno.test("NameConflict counts members that do not know the name against us", () => {
  strictEqual(vote([here, answer(), answer()]).losses.length, 1);
});

Deno.test("NameConflict takes a mapped address for the same, another port for another", () => {
  deepStrictEqual(vote([answer("::ffff:10.0.0.1")]).losses, []);
  strictEqual(vote([answer("10.0.0.1", 7947)]).losses.length, 1);
});

Deno.test("NameConflict does not count answers that it cannot read", () => {
  const odd = [new Uint8Array(0), Uint8Array.of(7, 0xc0), there.subarray(0, 9)];
  const { losses, outcome, log } = vote([here, ...odd]);
  deepStrictEqual(losses, []);
  strictEqual(outcome, "info majority in name conflict resolution [1 / 1]");
  ok(log.has("Invalid conflict query response type: none"));
  ok(log.has("Invalid conflict query response type: 7"));
  ok(log.has("Failed to decode conflict query response"));
});

Deno.test("NameConflict holds one vote at a time, and another when there is cause again", () => {
  const { conflict, asked, clock } = build();
  for (let i = 0; i < 50; i++) conflict.notice(self, rival);
  strictEqual(asked.length, 1);
  clock.advance(1000);
  conflict.notice(self, rival);
  strictEqual(asked.length, 2);
});

Deno.test("NameConflict tries again with the next claim if the cluster cannot be asked", () => {
  const { conflict, log, losses } = build({ canAsk: false });
  conflict.notice(self, rival);
  conflict.notice(self, rival);
  deepStrictEqual(losses, []);
  const failures = log.lines.filter((line) => line.includes("Failed to start name resolution"));
  strictEqual(failures.length, 2);
});

Deno.test("NameConflict.notice() logs a name once in a while, and few names", () => {
  const { conflict, log, clock } = build({ isEnabled: false });
  for (let i = 0; i < 20; i++) conflict.notice(self, rival);
  strictEqual(log.lines.length, 1);
  for (let i = 0; i < 500; i++) conflict.notice({ ...self, name: `${i}` }, rival);
  strictEqual(log.lines.length, maxLoggedNames);
  clock.advance(conflictLogInterval);
  conflict.notice(self, rival);
  strictEqual(log.lines.length, maxLoggedNames + 1);
});
