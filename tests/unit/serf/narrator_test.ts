import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { SerfFact } from "../../../src/ports/observer.ts";
import { serfNarration } from "../../../src/serf/narrator.ts";
import { RecordingMeter } from "../../support/recorders.ts";

const { entryOf, measure } = serfNarration;
const at = 7;

function countersOf(fact: SerfFact): [string, number][] {
  const meter = new RecordingMeter();
  measure(fact, meter);
  return [...meter.counters];
}

Deno.test("serfNarration words each status as the reference does, and counts the common ones", () => {
  const seen = (["joined", "updated", "left", "forced-left", "failed", "reaped", "pruned"] as const)
    .map((status) => {
      const fact = { type: "status-changed", at, member: "b", status, host: "10.0.0.2" } as const;
      return [entryOf(fact)?.message, countersOf(fact)[0]?.[0]];
    });
  deepStrictEqual(seen, [
    ["EventMemberJoin: b 10.0.0.2", "serf.member.join"],
    ["EventMemberUpdate: b", "serf.member.update"],
    ["EventMemberLeave: b 10.0.0.2", "serf.member.left"],
    ["EventMemberLeave (forced): b 10.0.0.2", undefined],
    ["EventMemberFailed: b 10.0.0.2", "serf.member.failed"],
    ["EventMemberReap: b", undefined],
    ["EventMemberReap (forced): b 10.0.0.2", undefined],
  ]);
});

Deno.test("serfNarration tells of a queue that is cut at a check, and not of each cut in a storm", () => {
  const cut = { type: "queue-cut", at, queue: "Event", depth: 9, limit: 6 } as const;
  strictEqual(
    entryOf({ ...cut, during: "check" })?.message,
    "Event queue depth 9 exceeds limit 6, dropping messages",
  );
  strictEqual(entryOf({ ...cut, during: "storm" }), undefined);
});

Deno.test("serfNarration counts events by name, and those that came too late", () => {
  deepStrictEqual(countersOf({ type: "event-delivered", at, name: "deploy", ltime: 1 }), [
    ["serf.events", 1],
    ["serf.events.deploy", 1],
  ]);
  const dropped = { type: "event-dropped", at, name: "deploy", ltime: 1, now: 600 } as const;
  deepStrictEqual(countersOf({ ...dropped, why: "too-old" }), [["serf.events_late", 1]]);
  deepStrictEqual(countersOf({ ...dropped, why: "no-room" }), []);
  deepStrictEqual(entryOf({ ...dropped, why: "too-old" }), {
    level: "warn",
    message: "received old event deploy from time 1 (current: 600)",
  });
});

Deno.test("serfNarration tells how a vote about the own name ended, and of queries that are dropped", () => {
  const vote = { type: "name-vote", at, matching: 1, responses: 3 } as const;
  const lines = (["nobody-answered", "kept", "too-few-answered", "lost"] as const)
    .map((verdict) => entryOf({ ...vote, verdict }))
    .map((entry) => `${entry?.level} ${entry?.message}`);
  deepStrictEqual(lines, [
    "warn nobody answered in name conflict resolution, staying",
    "info majority in name conflict resolution [1 / 3]",
    "warn too few answered in name conflict resolution, staying [1 / 3]",
    "warn minority in name conflict resolution, quiting [1 / 3]",
  ]);
  const dropped = { type: "query-dropped", at, name: "load", ltime: 1, now: 600 } as const;
  strictEqual(
    entryOf({ ...dropped, why: "too-old" })?.message,
    "received old query load from time 1 (current: 600)",
  );
});
