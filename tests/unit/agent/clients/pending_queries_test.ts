import assert from "node:assert/strict";
import { PendingQueries } from "../../../../src/agent/clients/pending_queries.ts";
import { failure, success } from "../../../../src/ports/result.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { makeQuery } from "../../../support/fake_agent.ts";

Deno.test("PendingQueries numbers deliveries from 1, each on its own", () => {
  const queries = new PendingQueries(new SimClock());
  const query = makeQuery("load");
  assert.deepEqual([queries.add(query), queries.add(query), queries.add(query)], [1, 2, 3]);
});

Deno.test("PendingQueries.respond() passes the answer on, and the query's own refusals", () => {
  const queries = new PendingQueries(new SimClock());
  const answers: string[] = [];
  const id = queries.add(makeQuery("load", {
    respond(payload) {
      if (answers.length > 0) return failure("response already sent");
      answers.push(payload.toHex());
      return success(undefined);
    },
  }));
  queries.respond(id, Uint8Array.of(1, 2));
  assert.deepEqual(answers, ["0102"]);
  assert.throws(() => queries.respond(id, Uint8Array.of(3)), {
    message: "failed to respond to key query: response already sent",
  });
});

Deno.test("PendingQueries.respond() knows no number of others, and none past the deadline", () => {
  const clock = new SimClock();
  const queries = new PendingQueries(clock);
  const id = queries.add(makeQuery("load", { deadline: 1000 }));
  const unknown = { message: "No pending queries matching ID" };
  assert.throws(() => queries.respond(id + 1, new Uint8Array()), unknown);
  assert.throws(() => queries.respond(0, new Uint8Array()), unknown);
  clock.advance(999);
  queries.respond(id, new Uint8Array());
  clock.advance(1);
  assert.throws(() => queries.respond(id, new Uint8Array()), unknown);
});

Deno.test("PendingQueries forgets queries whose time is over", () => {
  const clock = new SimClock();
  const queries = new PendingQueries(clock);
  for (let i = 0; i < 10_000; i++) {
    queries.add(makeQuery("load", { deadline: clock.now() + 10 }));
    clock.advance(1);
  }
  assert(queries.size <= 64, `${queries.size} are kept`);
});

Deno.test("PendingQueries keeps all that can still be answered", () => {
  const queries = new PendingQueries(new SimClock());
  for (let i = 0; i < 1000; i++) queries.add(makeQuery("load", { deadline: 10 }));
  assert.equal(queries.size, 1000);
  queries.clear();
  assert.equal(queries.size, 0);
});
