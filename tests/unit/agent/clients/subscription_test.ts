import assert from "node:assert/strict";
import { Subscription } from "../../../../src/agent/clients/subscription.ts";
import { FakeClient } from "../../../support/fake_client.ts";
import { settle } from "../../../support/memory_connection.ts";

function parts(limit = 2, window = 1) {
  const client = new FakeClient();
  const sent: string[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const state = { stops: 0 };
  const queue = new Subscription<string>(client, {
    limit,
    window,
    droppedName: "letters",
    nameOf: (record) => `letter ${record}`,
    send: (record) => {
      sent.push(record);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    },
    onStop: () => state.stops++,
  });
  return { client, queue, sent, gates, state };
}

const lost = (letter: string, reason: string) =>
  `error agent.ipc: Failed to stream letter ${letter} to ipc.client: 127.0.0.1:5000: ${reason}`;

Deno.test("Subscription holds records back until it is started", async () => {
  const { queue, sent } = parts();
  queue.push("a");
  await settle();
  assert.deepEqual(sent, []);
  queue.start();
  assert.deepEqual(sent, ["a"]);
});

Deno.test("Subscription hands over one record at a time, in order", async () => {
  const { queue, sent, gates } = parts();
  queue.start();
  for (const record of ["a", "b", "c"]) queue.push(record);
  await settle();
  assert.deepEqual(sent, ["a"]);
  gates[0]?.resolve();
  await settle();
  assert.deepEqual(sent, ["a", "b"]);
  gates[1]?.resolve();
  await settle();
  assert.deepEqual(sent, ["a", "b", "c"]);
});

Deno.test("Subscription hands over as many records as its window holds", async () => {
  const { queue, sent, gates } = parts(8, 3);
  queue.start();
  for (const record of ["a", "b", "c", "d", "e"]) queue.push(record);
  assert.deepEqual(sent, ["a", "b", "c"]);
  gates[1]?.resolve();
  await settle();
  assert.deepEqual(sent, ["a", "b", "c", "d"]);
});

Deno.test("Subscription reports one failure, however many records were handed over", async () => {
  const { client, queue, sent, gates } = parts(8, 3);
  queue.start();
  for (const record of ["a", "b", "c", "d"]) queue.push(record);
  for (const gate of gates) gate.reject(new Error("gone"));
  await settle();
  assert.deepEqual(client.lines, [lost("a", "gone")]);
  assert.deepEqual(sent, ["a", "b", "c"]);
});

Deno.test("Subscription drops what finds no room, but never an essential record", async () => {
  const { client, queue, sent, gates } = parts();
  for (const record of ["a", "b", "c", "d"]) queue.push(record);
  queue.push("end", true);
  client.clock.advance(1000);
  assert.deepEqual(client.lines, [
    "warn agent.ipc: Dropping letters to ipc.client: 127.0.0.1:5000",
    "warn agent.ipc: Dropping letters to ipc.client: 127.0.0.1:5000",
  ]);
  queue.start();
  for (let i = 0; i < 3; i++) {
    gates[i]?.resolve();
    await settle();
  }
  assert.deepEqual(sent, ["a", "b", "end"]);
});

Deno.test("Subscription reports a failure once and sends no more", async () => {
  const { client, queue, sent, gates, state } = parts();
  queue.start();
  queue.push("a");
  queue.push("b");
  gates[0]?.reject(new Error("broken pipe"));
  await settle();
  queue.push("c");
  await settle();
  assert.deepEqual(client.lines, [lost("a", "broken pipe")]);
  assert.equal(state.stops, 1);
  assert.deepEqual(sent, ["a"]);
});

Deno.test("Subscription.stop() drops what waits and is silent about what fails afterwards", async () => {
  const { client, queue, sent, gates, state } = parts();
  queue.start();
  queue.push("a");
  queue.push("b");
  queue.stop();
  gates[0]?.reject(new Error("closed"));
  await settle();
  queue.push("c");
  assert.deepEqual(sent, ["a"]);
  assert.deepEqual(client.lines, []);
  queue.stop();
  assert.equal(state.stops, 1);
});
