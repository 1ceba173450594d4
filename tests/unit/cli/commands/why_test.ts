import assert from "node:assert/strict";
import { why } from "../../../../src/cli/commands/why.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

const time = "2026-12-01T17:00:00.000Z";
const account = JSON.stringify({
  member: "web",
  witness: "db",
  now: time,
  status: "failed",
  story: [{ time, type: "declared-failed", by: "cache" }],
});

async function run(answer: string | undefined, ...args: string[]) {
  const context = new RecordedContext({ why: () => Promise.resolve(answer) });
  return { code: await why.execute(args, context), output: context.stdout };
}

Deno.test("why prints sentences, or what the agent says as JSON", async () => {
  const { code, output } = await run(account, "web");
  assert.equal(code, 0);
  assert.match(output, /^web is failed; .*\n.*Z {2}Declared failed, as cache claimed\.\nThis is/);
  assert.equal((await run(account, "-format=json", "web")).output, `${account}\n`);
});

Deno.test("why says that nobody of that name is known, and wants one name", async () => {
  const { code, output } = await run(undefined, "we\x1bb");
  assert.deepEqual([code, output], [1, 'This agent knows nobody of the name "we\\x1bb"\n']);
  assert.equal((await run(account)).code, 1);
  assert.equal((await run(account, "a", "b")).code, 1);
});

Deno.test("why says that HashiCorp's agent keeps no evidence", async () => {
  const refused = new RpcError("refused", "Unsupported command");
  const context = new RecordedContext({ why: () => Promise.reject(refused) });
  assert.equal(await why.execute(["web"], context), 1);
  assert.match(context.stdout, /this agent keeps no evidence \(HashiCorp's does not\)/);
});
