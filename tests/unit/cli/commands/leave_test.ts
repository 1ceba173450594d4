import assert from "node:assert/strict";
import { leave } from "../../../../src/cli/commands/leave.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

Deno.test("leave waits for the agent and ignores arguments", async () => {
  const context = new RecordedContext({ leave: () => Promise.resolve() });
  assert.equal(await leave.execute(["now"], context), 0);
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
