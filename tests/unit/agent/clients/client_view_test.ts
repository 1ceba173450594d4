import assert from "node:assert/strict";
import { logDrops, logSendFailure } from "../../../../src/agent/clients/client_view.ts";
import { FakeClient } from "../../../support/fake_client.ts";

Deno.test("logDrops() says what was dropped for whom, with the number if it is more than one", () => {
  const client = new FakeClient();
  logDrops(client, "event", 1);
  logDrops(client, "logs", 7);
  assert.deepEqual(client.lines, [
    "warn agent.ipc: Dropping event to ipc.client: 127.0.0.1:5000",
    "warn agent.ipc: Dropping logs to ipc.client: 127.0.0.1:5000 (7 dropped)",
  ]);
});

Deno.test("logSendFailure() says what could not be sent, and why", () => {
  const client = new FakeClient();
  logSendFailure(client, "log", new Error("broken pipe"));
  logSendFailure(client, "event", "odd");
  assert.deepEqual(client.lines, [
    "error agent.ipc: Failed to stream log to ipc.client: 127.0.0.1:5000: broken pipe",
    "error agent.ipc: Failed to stream event to ipc.client: 127.0.0.1:5000: odd",
  ]);
});
