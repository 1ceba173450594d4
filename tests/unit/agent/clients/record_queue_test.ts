import assert from "node:assert/strict";
import { RecordQueue } from "../../../../src/agent/clients/record_queue.ts";
import { errorText } from "../../../../src/ports/error_text.ts";
import { settle } from "../../../support/memory_connection.ts";

function parts(limit = 2, window = 1) {
  const sent: string[] = [];
  const failures: string[] = [];
  const state = { dropped: 0, gates: [] as PromiseWithResolvers<void>[] };
  const queue = new RecordQueue<string>({
    limit,
    window,
    send: (record) => {
      sent.push(record);
      const gate = Promise.withResolvers<void>();
      state.gates.push(gate);
      return gate.promise;
    },
    onDrop: () => state.dropped++,
    onFailure: (record, error) => {
      failures.push(`${record} ${errorText(error)}`);
    },
  });
  return { queue, sent, failures, state };
}

Deno.test("RecordQueue holds records back until it is started", async () => {
  const { queue, sent } = parts();
  queue.push("a");
  await settle();
  assert.deepEqual(sent, []);
  queue.start();
  assert.deepEqual(sent, ["a"]);
});

Deno.test("RecordQueue hands over one record at a time, in order", async () => {
  const { queue, sent, state } = parts();
  queue.start();
  for (const record of ["a", "b", "c"]) queue.push(record);
  await settle();
  assert.deepEqual(sent, ["a"]);
  state.gates[0]?.resolve();
  await settle();
  assert.deepEqual(sent, ["a", "b"]);
  state.gates[1]?.resolve();
  await settle();
  assert.deepEqual(sent, ["a", "b", "c"]);
});

Deno.test("RecordQueue hands over as many records as its window holds", async () => {
  const { queue, sent, state } = parts(8, 3);
  queue.start();
  for (const record of ["a", "b", "c", "d", "e"]) queue.push(record);
  assert.deepEqual(sent, ["a", "b", "c"]);
  state.gates[1]?.resolve();
  await settle();
  assert.deepEqual(sent, ["a", "b", "c", "d"]);
});

Deno.test("RecordQueue tells of one failure, however many records were handed over", async () => {
  const { queue, failures, sent, state } = parts(8, 3);
  queue.start();
  for (const record of ["a", "b", "c", "d"]) queue.push(record);
  for (const gate of state.gates) gate.reject(new Error("gone"));
  await settle();
  assert.deepEqual(failures, ["a gone"]);
  assert.deepEqual(sent, ["a", "b", "c"]);
});

Deno.test("RecordQueue drops what finds no room, but never an essential record", async () => {
  const { queue, sent, state } = parts();
  for (const record of ["a", "b", "c", "d"]) queue.push(record);
  queue.push("end", true);
  assert.equal(state.dropped, 2);
  queue.start();
  for (let i = 0; i < 3; i++) {
    state.gates[i]?.resolve();
    await settle();
  }
  assert.deepEqual(sent, ["a", "b", "end"]);
});

Deno.test("RecordQueue reports a failure once and sends no more", async () => {
  const { queue, sent, failures, state } = parts();
  queue.start();
  queue.push("a");
  queue.push("b");
  state.gates[0]?.reject(new Error("broken pipe"));
  await settle();
  queue.push("c");
  await settle();
  assert.deepEqual(failures, ["a broken pipe"]);
  assert.deepEqual(sent, ["a"]);
});

Deno.test("RecordQueue.close() drops what waits and is silent about what fails afterwards", async () => {
  const { queue, sent, failures, state } = parts();
  queue.start();
  queue.push("a");
  queue.push("b");
  queue.close();
  state.gates[0]?.reject(new Error("closed"));
  await settle();
  queue.push("c");
  assert.deepEqual(sent, ["a"]);
  assert.deepEqual(failures, []);
  assert.equal(state.dropped, 0);
});
