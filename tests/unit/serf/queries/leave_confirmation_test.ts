import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { failure, success } from "../../../../src/ports/result.ts";
import { confirmLeave } from "../../../../src/serf/queries/leave_confirmation.ts";
import { pingQuery } from "../../../../src/serf/queries/internal_queries.ts";
import type { Queries, QueryOptions } from "../../../../src/serf/queries/queries.ts";
import type { QueryHandlers, RunningQuery } from "../../../../src/serf/queries/running_query.ts";

const mostAsked = 3;

/** Queries that one test asks and answers itself. */
function build(others: readonly string[]) {
  const asked: [string, QueryOptions][] = [];
  const state = { confirmed: 0, cancelled: 0, isRefused: false };
  let handlers: QueryHandlers | undefined;
  const ask: Queries["ask"] = (name, _payload, options, given) => {
    asked.push([name, options]);
    handlers = given;
    if (state.isRefused) return failure("too many queries are running");
    return success({ cancel: () => state.cancelled++ } as unknown as RunningQuery);
  };
  return {
    asked,
    state,
    check: () => confirmLeave({ ask }, others, mostAsked, 5000, () => state.confirmed++),
    ack: (from: string) => handlers!.onAck(from),
  };
}

Deno.test("confirmLeave() is content once everybody has acknowledged", () => {
  const { ack, asked, check, state } = build(["a", "b"]);
  const stop = check();
  deepStrictEqual(asked, [[pingQuery, { requestAck: true, timeout: 5000, untilTimeout: true }]]);
  ack("a");
  ack("a");
  ack("a stranger");
  strictEqual(state.confirmed, 0);
  ack("b");
  strictEqual(state.confirmed, 1);
  ack("b");
  strictEqual(state.confirmed, 1);
  stop();
  strictEqual(state.cancelled, 1);
});

Deno.test("confirmLeave() asks nobody where nobody is, or too many are", () => {
  for (const count of [0, mostAsked + 1]) {
    const { asked, check, state } = build(Array.from({ length: count }, (_, i) => `n${i}`));
    check()();
    deepStrictEqual([asked.length, state.confirmed, state.cancelled], [0, 0, 0]);
  }
});

Deno.test("confirmLeave() never ends if the query is refused", () => {
  const { check, state } = build(["a"]);
  state.isRefused = true;
  check()();
  deepStrictEqual([state.confirmed, state.cancelled], [0, 0]);
});
