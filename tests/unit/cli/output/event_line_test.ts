import assert from "node:assert/strict";
import { eventLine, logLine } from "../../../../src/cli/output/event_line.ts";
import { memberRecord } from "../../../support/command_context.ts";

const time = new Date("2026-12-01T12:00:00Z");

Deno.test("eventLine() tells user events and queries, payloads in base64", () => {
  const payload = Uint8Array.of(0xff, 0x0a);
  const user = eventLine({ event: "user", ltime: 3, name: "d", payload, coalesce: true }, time);
  assert.equal(
    user,
    '{"event":{"time":"2026-12-01T12:00:00.000Z","type":"user","name":"d","ltime":3,"payload":"/wo=","coalesce":true}}',
  );
  const query = eventLine({ event: "query", id: 7, ltime: 3, name: "q", payload: undefined }, time);
  assert.equal(
    query,
    '{"event":{"time":"2026-12-01T12:00:00.000Z","type":"query","name":"q","ltime":3,"id":7}}',
  );
});

Deno.test("eventLine() tells member events with addresses and tags", () => {
  const tags = new Map([["role", "web"]]);
  const mapped = new Uint8Array(16);
  mapped.set([0xff, 0xff, 10, 0, 0, 1], 10);
  const members = [memberRecord({ name: "a", addr: mapped, tags }), memberRecord({ name: "b" })];
  const { event } = JSON.parse(eventLine({ event: "member-join", members }, time));
  assert.equal(event.type, "member-join");
  assert.deepEqual(event.members, [
    { name: "a", addr: "10.0.0.1", port: 7946, tags: { role: "web" }, status: "alive" },
    { name: "b", addr: "127.0.0.1", port: 7946, tags: {}, status: "alive" },
  ]);
});

Deno.test("logLine() takes entries apart, and keeps what is no entry", () => {
  const message = (text: string) => JSON.parse(logLine(text)).log;
  assert.deepEqual(message("2026/11/23 04:51:38 [INFO] agent.ipc: a: b [x]\n\tc"), {
    time: "2026-11-23T04:51:38",
    level: "INFO",
    component: "agent.ipc",
    message: "a: b [x]\n\tc",
  });
  assert.deepEqual(message("2026/11/23 04:51:38 [ERR] Error writing payload"), {
    time: "2026-11-23T04:51:38",
    level: "ERR",
    message: "Error writing payload",
  });
  assert.deepEqual(message("anything"), { message: "anything" });
});
