import assert from "node:assert/strict";
import type { QueryParameters } from "../../../../src/agent/agent_control.ts";
import { recordLimit } from "../../../../src/agent/clients/client_view.ts";
import { QuerySubscription } from "../../../../src/agent/clients/query_subscription.ts";
import { makeMember } from "../../../support/fake_agent.ts";
import { FakeClient } from "../../../support/fake_client.ts";
import { settle } from "../../../support/memory_connection.ts";

const parameters: QueryParameters = {
  name: "load",
  payload: undefined,
  filterNodes: [],
  filterTags: new Map(),
  requestAck: true,
  relayFactor: 0,
  timeout: undefined,
};

function parts(client = new FakeClient()) {
  const state = { ends: 0 };
  const query = new QuerySubscription(client, 3, () => state.ends++);
  query.ask(client, parameters);
  return { client, query, state, asked: client.agent.queries[0] };
}

Deno.test("QuerySubscription sends answers only once it is started, and done at the end", async () => {
  const { client, query, state } = parts();
  query.onAck("n1");
  query.onResponse("n1", Uint8Array.of(7));
  await settle();
  assert.deepEqual(client.sent, []);
  query.start();
  await settle();
  assert.equal(state.ends, 0);
  query.onDone();
  await settle();
  assert.deepEqual(client.records, [
    { type: "ack", from: "n1", payload: undefined },
    { type: "response", from: "n1", payload: Uint8Array.of(7) },
    { type: "done", from: "", payload: undefined },
  ]);
  assert.equal(state.ends, 1);
});

Deno.test("QuerySubscription passes refusals on and is over before it began", () => {
  const client = new FakeClient();
  client.agent.refusals.set("query", "Feature not supported");
  const query = new QuerySubscription(client, 3, () => {});
  assert.throws(() => query.ask(client, parameters), { message: "Feature not supported" });
});

Deno.test("QuerySubscription finds room for done even if answers had to be dropped", async () => {
  const { client, query } = parts();
  client.hold();
  query.start();
  for (let i = 0; i < recordLimit + 3; i++) query.onAck(`n${i}`);
  query.onDone();
  assert.equal(
    client.lines[0],
    "warn agent.ipc: Dropping query answers to ipc.client: 127.0.0.1:5000",
  );
  client.release();
  await settle(20_000);
  assert.deepEqual(client.records.at(-1), { type: "done", from: "", payload: undefined });
  assert.equal(client.sent.length, recordLimit + 2);
});

Deno.test("QuerySubscription has room for an ack and an answer of every member", () => {
  const client = new FakeClient();
  client.agent.memberList = Array.from({ length: 1000 }, (_, i) => makeMember(`n${i}`));
  const { query } = parts(client);
  for (let i = 0; i < 1000; i++) {
    query.onAck(`n${i}`);
    query.onResponse(`n${i}`, new Uint8Array());
  }
  assert.deepEqual(client.lines, []);
  query.onAck("one too many");
  assert.equal(client.lines.length, 1);
});

Deno.test("QuerySubscription cancels the query when its client goes, and says what was lost", async () => {
  const { client, query, state, asked } = parts();
  query.start();
  client.hold();
  query.onDone();
  client.fail("broken pipe");
  await settle();
  assert.equal(asked?.isCancelled, true);
  assert.equal(state.ends, 1);
  assert.deepEqual(client.lines, [
    "error agent.ipc: Failed to stream query end to ipc.client: 127.0.0.1:5000: broken pipe",
  ]);
  query.stop();
  assert.equal(state.ends, 1);
});
