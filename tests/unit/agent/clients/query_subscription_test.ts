import assert from "node:assert/strict";
import { askQuery } from "../../../../src/agent/clients/query_subscription.ts";
import { recordLimit } from "../../../../src/agent/clients/subscription.ts";
import { makeMember } from "../../../support/fake_agent.ts";
import { FakeClient } from "../../../support/fake_client.ts";
import { settle } from "../../../support/memory_connection.ts";

function parts(client = new FakeClient()) {
  const query = askQuery(client, 3, "load", undefined, { requestAck: true });
  const asked = client.agent.queries[0];
  assert(asked);
  return { client, query, asked, listener: asked.listener };
}

Deno.test("askQuery() sends answers only once it is started, and done at the end", async () => {
  const { client, query, listener } = parts();
  listener.onAck("n1");
  listener.onResponse("n1", Uint8Array.of(7));
  await settle();
  assert.deepEqual(client.sent, []);
  query.start();
  await settle();
  assert.equal(client.runningQueries.size, 1);
  listener.onDone();
  await settle();
  assert.deepEqual(client.records, [
    { type: "ack", from: "n1", payload: undefined },
    { type: "response", from: "n1", payload: Uint8Array.of(7) },
    { type: "done", from: "", payload: undefined },
  ]);
  assert.equal(client.runningQueries.size, 0);
});

Deno.test("askQuery() passes refusals on and is over before it began", () => {
  const client = new FakeClient();
  client.agent.refusals.set("query", "Feature not supported");
  assert.throws(() => askQuery(client, 3, "load", undefined, {}), {
    message: "Feature not supported",
  });
  assert.equal(client.runningQueries.size, 0);
});

Deno.test("askQuery() finds room for done even if answers had to be dropped", async () => {
  const { client, query, listener } = parts();
  client.hold();
  query.start();
  for (let i = 0; i < recordLimit + 3; i++) listener.onAck(`n${i}`);
  listener.onDone();
  assert.equal(
    client.lines[0],
    "warn agent.ipc: Dropping query answers to ipc.client: 127.0.0.1:5000",
  );
  client.release();
  await settle(20_000);
  assert.deepEqual(client.records.at(-1), { type: "done", from: "", payload: undefined });
  assert.equal(client.sent.length, recordLimit + 2);
});

Deno.test("askQuery() has room for an ack and an answer of every member", () => {
  const client = new FakeClient();
  client.agent.memberList = Array.from({ length: 1000 }, (_, i) => makeMember(`n${i}`));
  const { listener } = parts(client);
  for (let i = 0; i < 1000; i++) {
    listener.onAck(`n${i}`);
    listener.onResponse(`n${i}`, new Uint8Array());
  }
  assert.deepEqual(client.lines, []);
  listener.onAck("one too many");
  assert.equal(client.lines.length, 1);
});

Deno.test("askQuery() cancels the query when its client goes, and says what was lost", async () => {
  const { client, query, asked, listener } = parts();
  query.start();
  client.hold();
  listener.onDone();
  client.fail("broken pipe");
  await settle();
  assert.equal(asked?.isCancelled, true);
  assert.equal(client.runningQueries.size, 0);
  assert.deepEqual(client.lines, [
    "error agent.ipc: Failed to stream query end to ipc.client: 127.0.0.1:5000: broken pipe",
  ]);
  query.stop();
  assert.equal(client.runningQueries.size, 0);
});
