import assert from "node:assert/strict";
import { eventLine } from "../../../src/cli/event_line.ts";
import { memberRecord } from "../../support/command_context.ts";

Deno.test("eventLine() tells user events and queries, payloads in base64", () => {
  const payload = Uint8Array.of(0xff, 0x0a);
  const user = eventLine({ event: "user", ltime: 3, name: "d", payload, coalesce: true });
  assert.equal(
    user,
    '{"event":{"type":"user","name":"d","ltime":3,"payload":"/wo=","coalesce":true}}',
  );
  const query = eventLine({ event: "query", id: 7, ltime: 3, name: "q", payload: undefined });
  assert.equal(query, '{"event":{"type":"query","name":"q","ltime":3,"id":7}}');
});

Deno.test("eventLine() tells member events with addresses and tags", () => {
  const tags = new Map([["role", "web"]]);
  const mapped = new Uint8Array(16);
  mapped.set([0xff, 0xff, 10, 0, 0, 1], 10);
  const members = [memberRecord({ name: "a", addr: mapped, tags }), memberRecord({ name: "b" })];
  const { event } = JSON.parse(eventLine({ event: "member-join", members }));
  assert.equal(event.type, "member-join");
  assert.deepEqual(event.members, [
    { name: "a", addr: "10.0.0.1", port: 7946, tags: { role: "web" }, status: "alive" },
    { name: "b", addr: "127.0.0.1", port: 7946, tags: {}, status: "alive" },
  ]);
});
