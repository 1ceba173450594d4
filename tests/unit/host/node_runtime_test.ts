import { ok, strictEqual, throws } from "node:assert/strict";
import { StartError } from "../../../src/host/errors.ts";
import { NodeRuntime } from "../../../src/host/node_runtime.ts";

Deno.test("NodeRuntime listens where it is told to, on a free port if that is 0", async () => {
  const runtime = new NodeRuntime({ bind: { host: "127.71.5.1", port: 0 } });
  strictEqual(runtime.address.host, "127.71.5.1");
  ok(runtime.address.port > 0);
  await runtime.end();
});

Deno.test("NodeRuntime throws a StartError for an address that is taken", async () => {
  const runtime = new NodeRuntime({ bind: { host: "127.71.5.2", port: 0 } });
  try {
    throws(
      () => new NodeRuntime({ bind: runtime.address }),
      (error) =>
        error instanceof StartError && error.message.startsWith("Failed to create memberlist: ") &&
        error.message.endsWith("bind: address already in use"),
    );
  } finally {
    await runtime.end();
  }
});
