import assert from "node:assert/strict";
import { reload } from "../../../../src/cli/commands/reload.ts";
import type { ReloadRecord } from "../../../../src/rpc/commands.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

async function run(record: Partial<ReloadRecord>, ...args: string[]) {
  const whole = { changed: [], waiting: [], warnings: [], problems: [], ...record };
  const context = new RecordedContext({ reload: () => Promise.resolve(whole) });
  return [await reload.execute(args, context), context.stdout];
}

Deno.test("reload says what changed, what waits and what is odd, as the log does", async () => {
  const record = { changed: ["tags", "log_level"], waiting: ["bind"], warnings: ["Odd"] };
  assert.deepEqual(await run(record), [
    0,
    "Reloaded: tags, log_level\nChanges that need a restart: bind\nOdd\n",
  ]);
  assert.deepEqual(await run({}), [0, "Nothing changed\n"]);
});

Deno.test("reload fails with what is wrong", async () => {
  assert.deepEqual(await run({ changed: ["tags"], problems: ["Invalid log level: X"] }), [
    1,
    "Reloaded: tags\nInvalid log level: X\n",
  ]);
});

Deno.test("reload prints JSON", async () => {
  const [code, stdout] = await run({ problems: ["Bad"] }, "-format=json");
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(String(stdout)), {
    changed: [],
    waiting: [],
    warnings: [],
    problems: ["Bad"],
  });
});

Deno.test("reload tells how to reload HashiCorp's agent", async () => {
  const context = new RecordedContext({
    reload: () => Promise.reject(new RpcError("refused", "Unsupported command")),
  });
  assert.equal(await reload.execute([], context), 1);
  assert.match(context.stdout, /^Error reloading: .*SIGHUP/);
});
