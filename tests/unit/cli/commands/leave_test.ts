import assert from "node:assert/strict";
import { leave } from "../../../../src/cli/commands/leave.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

Deno.test("leave takes no name: it would be the wrong agent that leaves", async () => {
  const context = new RecordedContext({ leave: () => Promise.resolve() });
  assert.equal(await leave.execute(["n5"], context), 1);
  assert.deepEqual([context.connections, context.calls], [[], []]);
  assert.match(context.stdout, /^This command takes no arguments, but there is 'n5'\.\n/);
});

Deno.test("leave waits for the agent", async () => {
  const context = new RecordedContext({ leave: () => Promise.resolve() });
  assert.equal(await leave.execute([], context), 0);
  assert.deepEqual(context.calls, ["leave"]);
  assert.equal(context.stdout, "Graceful leave complete\n");
});

Deno.test("leave says why it was refused", async () => {
  const context = new RecordedContext({
    leave: () => Promise.reject(new RpcError("refused", "Leave already in progress")),
  });
  assert.equal(await leave.execute([], context), 1);
  assert.equal(context.stdout, "Error leaving: Leave already in progress\n");
});
