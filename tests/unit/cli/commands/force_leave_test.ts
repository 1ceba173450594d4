import assert from "node:assert/strict";
import { forceLeave } from "../../../../src/cli/commands/force_leave.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { memberRecord, RecordedContext } from "../../../support/command_context.ts";

function contextWith(left: string[]): RecordedContext {
  return new RecordedContext({
    members: () =>
      Promise.resolve([
        memberRecord({ name: "n1", status: "failed" }),
        memberRecord({ name: "n2", status: "alive" }),
      ]),
    forceLeave(node, options) {
      left.push(`${node} ${options?.prune}`);
      return Promise.resolve();
    },
  });
}

Deno.test("force-leave is silent about members that failed", async () => {
  const left: string[] = [];
  const context = contextWith(left);
  assert.equal(await forceLeave.execute(["n1"], context), 0);
  assert.deepEqual(left, ["n1 false"]);
  assert.equal(context.stdout + context.stderr, "");
});

Deno.test("force-leave notes that a live member stays, and asks all the same", async () => {
  const left: string[] = [];
  const context = contextWith(left);
  assert.equal(await forceLeave.execute(["n2"], context), 0);
  assert.deepEqual(left, ["n2 false"]);
  assert.equal(context.stdout, "");
  assert.match(context.stderr, /^Note: 'n2' is alive, says so and stays; /);
});

Deno.test("force-leave notes an unknown name on stderr, and asks all the same", async () => {
  const left: string[] = [];
  const context = contextWith(left);
  assert.equal(await forceLeave.execute(["-prune", "zzz\x1b"], context), 0);
  assert.deepEqual(left, ["zzz\x1b true"]);
  assert.equal(context.stdout, "");
  assert.equal(context.stderr, "Note: no member is named 'zzz\\x1b'\n");
});

Deno.test("force-leave does not mind if the members cannot be listed", async () => {
  const context = new RecordedContext({
    members: () => Promise.reject(new RpcError("refused", "no")),
    forceLeave: () => Promise.resolve(),
  });
  assert.equal(await forceLeave.execute(["n1"], context), 0);
  assert.equal(context.stdout + context.stderr, "");
});

Deno.test("force-leave wants exactly one name before it connects", async () => {
  for (const args of [[], ["a", "b"]]) {
    const context = contextWith([]);
    assert.equal(await forceLeave.execute(args, context), 1);
    assert.match(
      context.stdout,
      /^A node name must be specified to force leave\.\n\nUsage: serf force-leave /,
    );
    assert.deepEqual(context.connections, []);
  }
});

Deno.test("force-leave says why the agent failed", async () => {
  const context = new RecordedContext({
    members: () => Promise.resolve([]),
    forceLeave: () =>
      Promise.reject(new RpcError("refused", "timed out broadcasting node removal")),
  });
  assert.equal(await forceLeave.execute(["n1"], context), 1);
  assert.equal(context.stdout, "Error force leaving: timed out broadcasting node removal\n");
});
