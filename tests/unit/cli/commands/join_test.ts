import assert from "node:assert/strict";
import { join } from "../../../../src/cli/commands/join.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

Deno.test("join passes all addresses on and tells how many nodes were contacted", async () => {
  const asked: unknown[] = [];
  const context = new RecordedContext({
    join(addresses, options) {
      asked.push(addresses, options?.replay);
      return Promise.resolve(1);
    },
  });
  assert.equal(await join.execute(["-replay", "a", "b:1"], context), 0);
  assert.deepEqual(asked, [["a", "b:1"], true]);
  assert.equal(context.stdout, "Successfully joined cluster by contacting 1 nodes.\n");
});

Deno.test("join wants an address before it connects", async () => {
  const context = new RecordedContext();
  assert.equal(await join.execute([], context), 1);
  assert.match(
    context.stdout,
    /^At least one address to join must be specified\.\n\nUsage: serf join /,
  );
  assert.deepEqual(context.connections, []);
});

Deno.test("join prints the collected errors as they are", async () => {
  const reason = "1 error occurred:\n\t* failed to join x\n\n";
  const context = new RecordedContext({
    join: () => Promise.reject(new RpcError("refused", reason)),
  });
  assert.equal(await join.execute(["x"], context), 1);
  assert.equal(context.stdout, `Error joining the cluster: ${reason}\n`);
});

Deno.test("join hints at a port that is none of a member", async () => {
  const reason = "1 error occurred:\n\t* failed to join 127.0.0.1:7373: EOF\n\n";
  const context = new RecordedContext({
    join: () => Promise.reject(new RpcError("refused", reason)),
  });
  assert.equal(await join.execute(["127.0.0.1:7373"], context), 1);
  assert.equal(context.stdout, `Error joining the cluster: ${reason}\n`);
  assert.match(context.stderr, /^Hint: who answered there hung up: .*7946/);
});
