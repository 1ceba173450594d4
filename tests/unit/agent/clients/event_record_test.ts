import assert from "node:assert/strict";
import { eventPieces, toEventRecord } from "../../../../src/agent/clients/event_record.ts";
import { PendingQueries } from "../../../../src/agent/clients/pending_queries.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { itemsPerSlice } from "../../../../src/bytes/steps.ts";
import { eventRecord } from "../../../../src/rpc/commands.ts";
import { encodable, encodeMessage } from "../../../../src/rpc/frames.ts";
import type { SerfEvent } from "../../../../src/serf/event.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { makeMember, makeQuery } from "../../../support/fake_agent.ts";

function joinOf(count: number): SerfEvent {
  const members = Array.from({ length: count }, (_, i) => {
    return makeMember(`m${i}`, { tags: { role: i % 2 === 0 ? "web" : "db" } });
  });
  return { type: "member-join", members };
}

Deno.test("toEventRecord() numbers queries, and nothing else", () => {
  const queries = new PendingQueries(new SimClock());
  toEventRecord(joinOf(1), queries);
  assert.equal(queries.size, 0);
  const record = toEventRecord(makeQuery("load", { ltime: 4 }), queries);
  assert.deepEqual(record, { event: "query", id: 1, ltime: 4, name: "load", payload: undefined });
  assert.equal(queries.size, 1);
});

Deno.test("eventPieces() comes to the same bytes as the record encoded at once", () => {
  const writer = new MsgpackWriter("modern");
  const queries = new PendingQueries(new SimClock());
  for (const count of [itemsPerSlice + 1, 2 * itemsPerSlice, 70_000]) {
    const event = joinOf(count);
    const pieces = [...eventPieces(event) ?? []];
    assert.equal(pieces.length, 1 + Math.ceil(count / itemsPerSlice));
    const whole = encodeMessage(writer, encodable(eventRecord, toEventRecord(event, queries)));
    // Not deepEqual, which takes long to tell what is different in megabytes.
    assert.ok(Buffer.compare(encodeMessage(writer, ...pieces), whole) === 0, `${count} members`);
  }
});

Deno.test("eventPieces() leaves alone what is encoded in one turn", () => {
  assert.equal(eventPieces(joinOf(itemsPerSlice)), undefined);
  assert.equal(eventPieces(makeQuery("load")), undefined);
  const payload = new Uint8Array(100_000);
  assert.equal(
    eventPieces({ type: "user", ltime: 1, name: "big", payload, coalesce: true }),
    undefined,
  );
});
