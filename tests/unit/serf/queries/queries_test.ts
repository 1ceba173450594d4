import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ackFlag, noAnswerFlag } from "../../../../src/serf/queries/query_messages.ts";
import { QueriesUnderTest, RecordingHandlers } from "../../../support/query_parts.ts";

Deno.test("Queries say in an ack whether nobody here might answer", () => {
  const node = new QueriesUnderTest({ mayAnswer: (name) => name === "load" });
  const flagsOf = (name: string, id: number) => {
    node.receive({ name, id, flags: 1 });
    return node.takeResponses().map(({ flags }) => flags);
  };
  deepStrictEqual(flagsOf("load", 1), [ackFlag]);
  deepStrictEqual(flagsOf("uptime", 2), [ackFlag | noAnswerFlag]);
});

Deno.test("Queries await no answers to a ping, which nobody answers", () => {
  const { queries, clock } = new QueriesUnderTest({ members: ["self", "a"] });
  let isOver = false;
  const handlers = { onAck() {}, onResponse() {}, onDone: () => void (isOver = true) };
  const asked = queries.ask("_serf_ping", undefined, { requestAck: true }, handlers);
  if (!asked.ok) throw asked.error;
  for (const from of ["self", "a"]) {
    strictEqual(isOver, false);
    asked.value.receive({ ltime: 1, id: 1, from, flags: ackFlag, payload: undefined });
  }
  clock.advance(60);
  strictEqual(isOver, true);
});

Deno.test("Queries count no ping of their own, but those of others", () => {
  const node = new QueriesUnderTest();
  node.queries.ask("_serf_ping", undefined, { requestAck: true }, new RecordingHandlers());
  strictEqual(node.meter.counters.get("serf.queries"), undefined);
  node.receive({ name: "_serf_ping", sourceNode: "other" });
  strictEqual(node.meter.counters.get("serf.queries"), 1);
});

Deno.test("Queries ask those again that kept silent, if they are to", () => {
  const node = new QueriesUnderTest({ members: ["a", "b"] });
  const { queries, clock, sent } = node;
  const ask = (asksAgain: boolean) => {
    const asked = queries.ask("q", undefined, { asksAgain }, new RecordingHandlers());
    if (!asked.ok) throw asked.error;
    return asked.value;
  };
  const { ltime, id } = ask(true).query;
  ask(false);
  node.receiveResponse({ ltime, id, from: "a", flags: 0 });
  sent.length = 0;
  clock.advance(799);
  strictEqual(sent.length, 0);
  clock.advance(2000);
  strictEqual(sent.length, 1, "b alone, and once");
  ask(true).cancel();
  clock.advance(2000);
  strictEqual(sent.length, 1, "nobody is asked for an answer that nobody awaits");
});
