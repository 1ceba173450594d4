import assert from "node:assert/strict";
import { formatFailures, formatKeys, keys } from "../../../../src/cli/commands/keys.ts";
import type { KeyRecord } from "../../../../src/rpc/commands.ts";
import { KeyOperationError, RpcError } from "../../../../src/rpc/rpc_error.ts";
import { type AgentScript, RecordedContext } from "../../../support/command_context.ts";

const record: KeyRecord = {
  messages: new Map(),
  keys: undefined,
  numNodes: 2,
  numErr: 0,
  numResp: 2,
  primaryKeys: undefined,
};

async function run(script: AgentScript, ...args: string[]) {
  const context = new RecordedContext(script);
  return { code: await keys.execute(args, context), context };
}

Deno.test("keys runs one action and tells what it does", async () => {
  const asked: string[] = [];
  const answer = (name: string) => (key: string) => {
    asked.push(`${name} ${key}`);
    return Promise.resolve(record);
  };
  const script = {
    installKey: answer("install"),
    useKey: answer("use"),
    removeKey: answer("remove"),
  };
  const installed = await run(script, "-install=AAA=");
  assert.equal(installed.code, 0);
  assert.equal(
    installed.context.stdout,
    "==> Installing key on all members...\n==> Successfully installed key!\n",
  );
  assert.equal(
    (await run(script, "-use", "B")).context.stdout,
    "==> Changing primary key on all members...\n==> Successfully changed primary key!\n",
  );
  assert.equal(
    (await run(script, "-remove=C")).context.stdout,
    "==> Removing key on all members...\n==> Successfully removed key!\n",
  );
  assert.deepEqual(asked, ["install AAA=", "use B", "remove C"]);
});

Deno.test("formatKeys() marks the primary key behind what the reference prints", () => {
  const keys = new Map([["a=", 2], ["b=", 2], ["c=", 1]]);
  const format = (primaryKeys: [string, number][]) =>
    formatKeys({ ...record, keys, primaryKeys: new Map(primaryKeys) });
  assert.equal(format([["b=", 2]]), "a=  [2/2]\nb=  [2/2]  primary\nc=  [1/2]");
  assert.equal(
    format([["a=", 1], ["c=", 1]]),
    "a=  [2/2]  primary of 1\nb=  [2/2]\nc=  [1/2]  primary of 1",
  );
});

Deno.test("keys lists keys sorted, and what members had to say on stderr", async () => {
  const list: KeyRecord = {
    ...record,
    keys: new Map([["b=", 1], ["a=", 2]]),
    messages: new Map([["n1", "truncated key list response, showing first 1 of 2 keys"]]),
  };
  const { code, context } = await run({ listKeys: () => Promise.resolve(list) }, "-list");
  assert.equal(code, 0);
  assert.equal(
    context.stdout,
    "==> Asking all members for installed keys...\n" +
      "==> Keys gathered, listing cluster keys...\n\na=  [2/2]\nb=  [1/2]\n",
  );
  assert.equal(
    context.stderr,
    "n1: truncated key list response, showing first 1 of 2 keys\n",
  );
});

Deno.test("keys shows failures by node, then the agent's summary", async () => {
  const messages = new Map([["node-two", "no"], ["n1", "No keyring"]]);
  const { code, context } = await run({
    useKey: () =>
      Promise.reject(
        new KeyOperationError("2/2 nodes reported failure", { ...record, messages, numErr: 2 }),
      ),
  }, "-use=A");
  assert.equal(code, 1);
  assert.equal(
    context.stdout,
    "==> Changing primary key on all members...\nfailed:  n1        No keyring\n" +
      "failed:  node-two  no\n\nError changing primary key: 2/2 nodes reported failure\n",
  );
});

Deno.test("keys shows an empty line in front of a failure without messages", async () => {
  const { context } = await run({
    installKey: () => Promise.reject(new RpcError("closed", "client closed")),
  }, "-install=A");
  assert.equal(
    context.stdout,
    "==> Installing key on all members...\n\nError installing key: client closed\n",
  );
});

Deno.test("keys wants exactly one action, and an empty key is none", async () => {
  for (const args of [[], ["-install="], ["-list=false"]]) {
    const { code, context } = await run({}, ...args);
    assert.equal(code, 1);
    assert.equal(context.stdout, `${keys.help()}\n`);
    assert.deepEqual(context.connections, []);
  }
  const { code, context } = await run({}, "-install=a", "-list");
  assert.equal(code, 1);
  assert.equal(context.stdout, "Only one of -install, -use, -remove, or -list allowed\n");
  assert.deepEqual(context.connections, []);
});

Deno.test("formatKeys() and formatFailures() align columns and show nothing for nothing", () => {
  assert.equal(
    formatKeys({ ...record, keys: new Map([["aa", 1], ["b", 2]]) }),
    "aa  [1/2]\nb   [2/2]",
  );
  assert.equal(formatKeys(record), "");
  assert.equal(formatFailures(new Map()), "");
  assert.equal(formatFailures(new Map([["n1", "a|b"]])), "failed:  n1  a|b");
});

Deno.test("keys -format=json prints what came of it as one object, and nothing else", async () => {
  const list: KeyRecord = { ...record, keys: new Map([["b=", 1], ["a=", 2]]) };
  const { code, context } = await run(
    { listKeys: () => Promise.resolve(list) },
    "-list",
    "-format=json",
  );
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(context.stdout), {
    nodes: 2,
    responses: 2,
    errors: 0,
    messages: {},
    keys: { "a=": 2, "b=": 1 },
  });
});

Deno.test("keys -format=json tells failures in the object, where the agent gives an outcome", async () => {
  const outcome = { ...record, messages: new Map([["n1", "No keyring"]]), numErr: 1 };
  const { code, context } = await run(
    {
      useKey: () => Promise.reject(new KeyOperationError("1/2 nodes reported failure", outcome)),
    },
    "-use=A",
    "-format=json",
  );
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(context.stdout), {
    nodes: 2,
    responses: 2,
    errors: 1,
    messages: { n1: "No keyring" },
    error: "1/2 nodes reported failure",
  });
  const closed = await run(
    {
      useKey: () => Promise.reject(new RpcError("closed", "client closed")),
    },
    "-use=A",
    "-format=json",
  );
  assert.equal(closed.code, 1);
  assert.equal(closed.context.stdout, "Error changing primary key: client closed\n");
});
