import assert from "node:assert/strict";
import {
  historyWait,
  readHistory,
  recordsPerPage,
} from "../../../../src/agent/clients/history_pages.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { FakeAgent } from "../../../support/fake_agent.ts";
import { testEpoch } from "../../../support/memory_history.ts";

function setUp() {
  const agent = new FakeAgent();
  const clock = new SimClock();
  const client: Parameters<typeof readHistory>[0] = { agent, clock, pull: undefined };
  const isWaiting = () => client.pull !== undefined;
  const fill = (count: number) => {
    for (let i = 0; i < count; i++) agent.history.append({ kind: "user", name: `e${i}` });
  };
  const read = (since = "", wait = false) => readHistory(client, { since, wait });
  return { client, clock, fill, isWaiting, read };
}

Deno.test("readHistory() gives a page of records, each with its cursor, and where to go on", async () => {
  const { fill, read } = setUp();
  fill(recordsPerPage + 1);
  const first = await read();
  assert.equal(first.records.length, recordsPerPage);
  assert.deepEqual(JSON.parse(first.records[0]!), {
    cursor: `${testEpoch}-1`,
    time: "1970-01-01T00:00:01.000Z",
    kind: "user",
    name: "e0",
  });
  const second = await read(first.cursor);
  assert.equal(second.records.length, 1);
  assert.deepEqual(await read(second.cursor), { records: [], cursor: second.cursor });
});

Deno.test("readHistory() tells of a gap with its reason, and goes on behind it", async () => {
  const { fill, read } = setUp();
  fill(1);
  const { records, cursor } = await read("ffffffffffffffff-7");
  assert.deepEqual(records.map((record) => JSON.parse(record).kind), ["gap", "user"]);
  assert.deepEqual(JSON.parse(records[0]!), {
    cursor: `${testEpoch}-0`,
    kind: "gap",
    reason: "unknown-epoch",
  });
  assert.equal(cursor, `${testEpoch}-1`);
});

Deno.test("readHistory() waits for a record if it is to, but not for ever", async () => {
  const { client, clock, fill, isWaiting, read } = setUp();
  const waiting = read("", true);
  assert(isWaiting());
  fill(1);
  assert.equal((await waiting).records.length, 1);
  assert(!isWaiting());

  const { cursor } = await waiting;
  const nothing = read(cursor, true);
  clock.advance(historyWait);
  assert.deepEqual(await nothing, { records: [], cursor });

  const stopped = read(cursor, true);
  client.pull?.stop();
  assert.deepEqual(await stopped, { records: [], cursor });
  assert.equal(clock.pending, 0);
});

Deno.test("readHistory() begins at an age, and refuses what is neither that nor a cursor", async () => {
  const { fill, read } = setUp();
  fill(2);
  assert.equal((await read("1s")).records.length, 0);
  assert.equal((await read(`${100 * 365 * 24}h`)).records.length, 2);
  await assert.rejects(read("yesterday"), { message: "Invalid place in the history" });
});
