import assert from "node:assert/strict";
import { parseEventFilters } from "../../../../src/agent/handlers/event_filter.ts";
import { eventWindow, streamEvents } from "../../../../src/agent/clients/event_subscription.ts";
import { toMemberRecord } from "../../../../src/agent/clients/member_record.ts";
import { recordLimit } from "../../../../src/agent/clients/subscription.ts";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { itemsPerSlice } from "../../../../src/bytes/steps.ts";
import { eventRecord } from "../../../../src/rpc/commands.ts";
import type { SerfEvent } from "../../../../src/serf/event.ts";
import { makeMember, makeQuery } from "../../../support/fake_agent.ts";
import { FakeClient } from "../../../support/fake_client.ts";
import { settle } from "../../../support/memory_connection.ts";

const user = (name: string): SerfEvent => {
  return { type: "user", ltime: 1, name, payload: undefined, coalesce: true };
};

function parts(filter = "*") {
  const client = new FakeClient();
  const stream = streamEvents(client, 9, parseEventFilters(filter));
  return { client, stream };
}

Deno.test("streamEvents() sends every kind of event as its record", async () => {
  const { client, stream } = parts();
  stream.start();
  client.agent.emit({ type: "member-join", members: [makeMember("n1")] });
  client.agent.emit(user("deploy"));
  client.agent.emit(makeQuery("load", { ltime: 4, payload: Uint8Array.of(1) }));
  await settle();
  const [joined, ...others] = client.records;
  assert.deepEqual(others, [
    { event: "user", ltime: 1, name: "deploy", payload: undefined, coalesce: true },
    { event: "query", id: 1, ltime: 4, name: "load", payload: Uint8Array.of(1) },
  ]);
  assert.match(JSON.stringify(joined), /^\{"event":"member-join","members":\[\{"name":"n1",/);
  assert.deepEqual(client.sent.map(({ sequence }) => sequence), [9, 9, 9]);
});

Deno.test("streamEvents() sends an event of many members piece by piece, in its place", async () => {
  const { client, stream } = parts();
  stream.start();
  const members = Array.from({ length: itemsPerSlice + 1 }, (_, i) => makeMember(`m${i}`));
  client.agent.emit(user("before"));
  client.agent.emit({ type: "member-join", members });
  client.agent.emit(user("behind"));
  await settle();
  const [before, bytes, behind] = client.records;
  assert.match(JSON.stringify([before, behind]), /"before".*"behind"/);
  assert.ok(bytes instanceof Uint8Array, "a record that is one is encoded at once");
  const record = eventRecord.read(new MsgpackReader(bytes));
  assert.deepEqual(record, { event: "member-join", members: members.map(toMemberRecord) });
  assert.deepEqual(client.sent.map(({ sequence }) => sequence), [9, 9, 9]);
});

Deno.test("streamEvents() sends an event once, whichever of its filters match", async () => {
  const { client, stream } = parts("user:deploy,user");
  stream.start();
  client.agent.emit(user("deploy"));
  client.agent.emit({ type: "member-leave", members: [] });
  client.agent.emit(user("other"));
  await settle();
  assert.equal(client.sent.length, 2);
});

Deno.test("streamEvents() hears nothing before start() and after stop()", async () => {
  const { client, stream } = parts();
  client.agent.emit(user("before"));
  stream.start();
  assert.equal(client.agent.listenerCount, 1);
  client.agent.emit(user("between"));
  await settle();
  stream.stop();
  stream.stop();
  assert.equal(client.agent.listenerCount, 0);
  stream.start();
  assert.equal(client.agent.listenerCount, 0, "what was stopped does not start again");
  client.agent.emit(user("after"));
  await settle();
  assert.equal(client.sent.length, 1);
});

Deno.test("streamEvents() drops events for a client that does not read, with one warning a second", async () => {
  const { client, stream } = parts();
  stream.start();
  client.hold();
  for (let i = 0; i < eventWindow + recordLimit + 100; i++) client.agent.emit(user(`e${i}`));
  client.clock.advance(1000);
  assert.deepEqual(client.lines, [
    "warn agent.ipc: Dropping event to ipc.client: 127.0.0.1:5000",
    "warn agent.ipc: Dropping event to ipc.client: 127.0.0.1:5000 (99 dropped)",
  ]);
  client.release();
  await settle(20_000);
  assert.equal(client.sent.length, eventWindow + recordLimit);
});

Deno.test("streamEvents() numbers a query when it is its turn, not when it is dropped", async () => {
  const { client, stream } = parts();
  stream.start();
  client.hold();
  for (let i = 0; i < eventWindow + recordLimit + 50; i++) client.agent.emit(makeQuery("load"));
  assert.equal(client.queries.size, eventWindow);
  client.release();
  await settle(20_000);
  assert.equal(client.queries.size, eventWindow + recordLimit);
});

Deno.test("streamEvents() reports a client that went away, and listens no more", async () => {
  const { client, stream } = parts();
  stream.start();
  client.hold();
  client.agent.emit(user("deploy"));
  client.fail("broken pipe");
  await settle();
  assert.deepEqual(client.lines, [
    "error agent.ipc: Failed to stream event to ipc.client: 127.0.0.1:5000: broken pipe",
  ]);
  assert.equal(client.agent.listenerCount, 0);
});
