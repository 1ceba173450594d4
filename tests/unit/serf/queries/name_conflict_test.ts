import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { decodeText } from "../../../../src/bytes/text.ts";
import { type Address, addressFromBytes } from "../../../../src/ports/address.ts";
import { failure, success } from "../../../../src/ports/result.ts";
import { writeConflictResponse } from "../../../../src/serf/queries/conflict_message.ts";
import {
  conflictLogInterval,
  maxLoggedNames,
  NameConflict,
} from "../../../../src/serf/queries/name_conflict.ts";
import type { SerfMember } from "../../../../src/serf/member.ts";
import type { Queries } from "../../../../src/serf/queries/queries.ts";
import { RunningQuery } from "../../../../src/serf/queries/running_query.ts";
import { reportedMember } from "../../../support/serf_parts.ts";
import { pictureOf } from "../../../support/snapshot_events.ts";
import { TestNode } from "../../../support/test_node.ts";

const self = reportedMember("me", {
  ip: Uint8Array.of(10, 0, 0, 1),
  address: addressFromBytes(Uint8Array.of(10, 0, 0, 1), 7946),
});
const rival = reportedMember("me", {
  ip: Uint8Array.of(10, 0, 0, 2),
  address: addressFromBytes(Uint8Array.of(10, 0, 0, 2), 7946),
});

/** Members "n0" to "n9", alive at 10.0.1.0 and so on; "gone" failed at 10.0.2.1. */
function memberOf(name: string): SerfMember | undefined {
  if (name === "gone") return { ...pictureOf(name, "10.0.2.1"), status: "failed" };
  if (name === "me") return pictureOf(name, "10.0.0.1");
  return /^n\d$/.test(name) ? pictureOf(name, `10.0.1.${name.slice(1)}`) : undefined;
}

function at(host: string): Address {
  return { host, port: 7946 };
}

function build(settings: { isEnabled?: boolean; canAsk?: boolean; voters?: number } = {}) {
  const { isEnabled = true, canAsk = true, voters = 1 } = settings;
  const node = new TestNode({ name: "me", nameConflictResolution: isEnabled });
  const asked: { name: string; payload: string; query: RunningQuery }[] = [];
  const losses: string[] = [];
  const book = {
    self: memberOf("me")!,
    member: memberOf,
    aliveOthers: () => Array.from({ length: voters }, (_, i) => `n${i}`),
  };
  const ask: Queries["ask"] = (name, payload, _options, handlers) => {
    if (!canAsk) return failure("too many queries are running");
    const query = { ltime: 1, id: 1, flags: 0 };
    const limits = { timeout: 1000, capacity: 10, closed: () => {} };
    const running = new RunningQuery(node, { query, ...limits, handlers });
    asked.push({ name, payload: decodeText(payload!), query: running });
    return success(running);
  };
  const conflict = new NameConflict(node, book, ask, (reason) => losses.push(reason));
  return { clock: node.clock, log: node.log, asked, losses, conflict };
}

/** The answer of a member that sees the name at an address, or nowhere. */
function answer(ip?: string, port = 7946): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writeConflictResponse(writer, ip === undefined ? undefined : pictureOf("me", ip, port));
  return writer.copy();
}

interface Vote {
  readonly payload: Uint8Array;
  readonly from?: string;
  readonly source?: Address | undefined;
}

/** Holds a vote with these answers and returns what was logged about its outcome. */
function vote(answers: readonly (Uint8Array | Vote)[], voters = answers.length) {
  const parts = build({ voters });
  parts.conflict.notice(self, rival);
  const { query } = parts.asked[0]!;
  for (const [i, given] of answers.entries()) {
    const { from = `n${i}`, payload, ...rest } = "payload" in given ? given : { payload: given };
    const source = "source" in rest ? rest.source : at(`10.0.1.${i}`);
    query.receive({ ltime: 1, id: 1, flags: 0, from, payload }, source);
  }
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

Deno.test("NameConflict counts nobody but other members that are alive, at their addresses, once", () => {
  const forged = ["x", "me", "gone", ""].map((from) => ({
    from,
    payload: there,
    source: memberOf(from)?.address ?? at("10.9.9.9"),
  }));
  const elsewhere = [at("10.9.9.9"), at("10.0.1.4"), undefined].map((source) => ({
    from: "n5",
    payload: there,
    source,
  }));
  const honest = { from: "n5", payload: here, source: { host: "10.0.1.5", port: 40_000 } };
  const { losses, outcome } = vote([...forged, ...elsewhere, honest, honest], 1);
  deepStrictEqual(losses, []);
  strictEqual(outcome, "info majority in name conflict resolution [1 / 1]");
});

Deno.test("NameConflict does not go because of less than half of those who could vote", () => {
  const few = vote([there, there], 5);
  deepStrictEqual(few.losses, []);
  strictEqual(few.outcome, "warn too few answered in name conflict resolution, staying [0 / 2]");
  strictEqual(vote([there, there], 4).losses.length, 1);
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
