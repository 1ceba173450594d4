import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { queryFlag } from "../../../../src/serf/queries/query_messages.ts";
import { QueryAudience } from "../../../../src/serf/queries/query_audience.ts";
import { RunningQuery } from "../../../../src/serf/queries/running_query.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { RecordingHandlers } from "../../../support/query_parts.ts";
import { TestNode } from "../../../support/test_node.ts";

const noPayload = undefined;

function build(
  { wantsAck = true, capacity = 100, timeout = 1000, meant }: {
    wantsAck?: boolean;
    capacity?: number;
    timeout?: number;
    meant?: readonly string[];
  } = {},
) {
  const clock = new SimClock(500);
  const node = { ...new TestNode(), clock };
  const { log, meter } = node;
  const handlers = new RecordingHandlers();
  const ended: number[] = [];
  const query = new RunningQuery(node, {
    query: { ltime: 3, id: 9, flags: wantsAck ? queryFlag.wantsAck : 0 },
    timeout,
    capacity,
    handlers,
    closed: () => ended.push(clock.now()),
  });
  const awaitOnly = (...names: readonly string[]) =>
    query.awaitOnly(
      new QueryAudience(new Set(names), { acks: wantsAck, answers: true }, () => true),
    );
  if (meant) awaitOnly(...meant);
  const ack = (from: string) =>
    query.receive({ ltime: 3, id: 9, from, flags: 1, payload: noPayload });
  const respond = (from: string, text = "") => {
    const payload = new TextEncoder().encode(text);
    query.receive({ ltime: 3, id: 9, from, flags: 0, payload });
  };
  return { clock, log, meter, query, heard: handlers.heard, ended, ack, respond, awaitOnly };
}

Deno.test("RunningQuery.receive() passes on one ack and one response of each member", () => {
  const { heard, meter, ack, respond } = build();
  for (let i = 0; i < 2; i++) {
    ack("a");
    respond("a", "one");
    respond("b", "two");
  }
  respond("a", "other words");
  deepStrictEqual(heard, ["ack a", "response a one", "response b two"]);
  deepStrictEqual(Object.fromEntries(meter.counters), {
    "serf.query_acks": 1,
    "serf.query_responses": 2,
    "serf.query_duplicate_acks": 1,
    "serf.query_duplicate_responses": 3,
  });
});

Deno.test("RunningQuery.receive() takes no payload for an empty one", () => {
  const { query, heard } = build();
  query.receive({ ltime: 3, id: 9, from: "a", flags: 0, payload: noPayload });
  deepStrictEqual(heard, ["response a "]);
});

Deno.test("RunningQuery.receive() drops acks that nobody asked for", () => {
  const { heard, ack, respond } = build({ wantsAck: false });
  ack("a");
  respond("a", "one");
  deepStrictEqual(heard, ["response a one"]);
});

Deno.test("RunningQuery ends at its deadline, once", () => {
  const { clock, query, heard, ended, ack, respond } = build();
  strictEqual(query.deadline, 1500);
  clock.advance(999);
  ack("a");
  strictEqual(query.isOver, false);
  clock.advance(1);
  strictEqual(query.isOver, true);
  ack("b");
  respond("b");
  query.finish();
  query.cancel();
  clock.advance(5000);
  deepStrictEqual(heard, ["ack a", "done"]);
  deepStrictEqual(ended, [1500]);
});

Deno.test("RunningQuery.finish() ends it early", () => {
  const { clock, query, heard, ended } = build();
  clock.advance(10);
  query.finish();
  deepStrictEqual(heard, ["done"]);
  deepStrictEqual(ended, [510]);
  strictEqual(clock.pending, 0);
});

Deno.test("RunningQuery.cancel() ends it without a word", () => {
  const { clock, query, heard, ended, respond } = build();
  query.cancel();
  query.cancel();
  respond("a");
  clock.advance(5000);
  deepStrictEqual(heard, []);
  deepStrictEqual(ended, [500]);
  strictEqual(clock.pending, 0);
});

Deno.test("RunningQuery with a negative timeout hears nothing and ends at once", () => {
  const { clock, heard, respond } = build({ timeout: -1 });
  respond("a");
  clock.advance(0);
  deepStrictEqual(heard, ["done"]);
});

Deno.test("RunningQuery passes on so many answers and warns once about more", () => {
  const { log, heard, ack, respond } = build({ capacity: 2 });
  for (const name of ["a", "b", "c", "d"]) respond(name);
  deepStrictEqual(heard, ["response a ", "response b "]);
  deepStrictEqual(log.lines, ["warn Failed to deliver query response, dropping"]);
  // Acks are counted on their own.
  ack("c");
  deepStrictEqual(heard.at(-1), "ack c");
});

Deno.test("RunningQuery ends soon after everybody who is meant has answered", () => {
  const { clock, heard, ended, ack, respond } = build({ meant: ["a", "b"] });
  for (const name of ["a", "b"]) ack(name);
  respond("a", "one");
  clock.advance(100);
  deepStrictEqual(ended, []);
  respond("b", "two");
  clock.advance(20);
  respond("late", "three");
  respond("b", "again");
  clock.advance(29);
  deepStrictEqual(ended, []);
  clock.advance(1);
  deepStrictEqual(ended, [650]);
  deepStrictEqual(heard.slice(-3), ["response b two", "response late three", "done"]);
  clock.advance(10_000);
  deepStrictEqual(ended, [650]);
});

Deno.test("RunningQuery listens to the end if one who is meant stays silent", () => {
  const { clock, ended, ack, respond } = build({ meant: ["a", "b"], timeout: 1000 });
  for (const name of ["a", "b"]) ack(name);
  respond("a");
  clock.advance(10_000);
  deepStrictEqual(ended, [1500]);
});

Deno.test("RunningQuery never ends later than asked, even if the last answer comes late", () => {
  const { clock, ended, respond } = build({ meant: ["a"], wantsAck: false, timeout: 1000 });
  clock.advance(980);
  respond("a");
  clock.advance(10_000);
  deepStrictEqual(ended, [1500]);
});

Deno.test("RunningQuery.awaitOnly() counts also those who answered before it was known who is meant", () => {
  const { clock, ended, ack, awaitOnly, respond } = build();
  ack("a");
  respond("a");
  respond("b");
  awaitOnly("a", "b");
  clock.advance(60);
  deepStrictEqual(ended, []);
  ack("b");
  clock.advance(60);
  strictEqual(ended.length, 1);

  const early = build();
  for (const name of ["a", "b"]) {
    early.ack(name);
    early.respond(name);
  }
  early.awaitOnly("a", "b");
  early.clock.advance(60);
  strictEqual(early.ended.length, 1);
});
