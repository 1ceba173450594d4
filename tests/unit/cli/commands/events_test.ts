import assert from "node:assert/strict";
import { events } from "../../../../src/cli/commands/events.ts";
import type { HistoryPage } from "../../../../src/rpc/commands.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

const epoch = "0123456789abcdef";
const time = "2026-12-01T17:00:00.000Z";
const told = [
  { kind: "member-failed", members: [{ name: "web-1", addr: "10.0.0.1", port: 7946 }] },
  { kind: "gap", reason: "trimmed", lost: 3 },
  { kind: "user", name: "deploy", ltime: 1, payload: btoa("v42\x1b"), coalesce: false },
  { kind: "query", name: "load", ltime: 1, from: "db" },
].map((fact, i) => ({
  cursor: `${epoch}-${i + 1}`,
  ...(fact.kind !== "gap" && { time }),
  ...fact,
}));

/** An agent with two pages. */
async function run(...args: string[]) {
  const asked: string[] = [];
  const pages: HistoryPage[] = [told.slice(0, 2), told.slice(2)].map((records) => ({
    records: records.map((record) => JSON.stringify(record)),
    cursor: records.at(-1)!.cursor,
  }));
  const context = new RecordedContext({
    history(since = "") {
      asked.push(since);
      return Promise.resolve(pages.shift() ?? { records: [], cursor: since });
    },
  });
  return { code: await events.execute(args, context), context, asked };
}

Deno.test("events prints what was kept, says where something is missing, and where to go on", async () => {
  const { code, context, asked } = await run();
  assert.equal(code, 0);
  assert.equal(
    context.stdout,
    `${time} member-failed: web-1 (10.0.0.1:7946)\n` +
      "--- 3 records are missing: the history was full, or they were too old ---\n" +
      `${time} user: deploy "v42\\u001b"\n` +
      `${time} query: load from db\n`,
  );
  assert.equal(context.stderr, `To go on from here: -since=${epoch}-4\n`);
  assert.deepEqual(asked, ["", `${epoch}-2`, `${epoch}-4`]);
});

Deno.test("events prints one object a line as JSON, and nothing beside", async () => {
  const { context, asked } = await run("-format=json", "-since=1h");
  const lines = context.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines, told);
  assert.equal(context.stderr, "");
  assert.equal(asked[0], "1h");
});

Deno.test("events picks kinds, members and names, and always shows gaps", async () => {
  const kinds = async (...args: string[]) => {
    const { context } = await run("-format=json", ...args);
    return context.stdout.trimEnd().split("\n").map((line) => JSON.parse(line).kind);
  };
  assert.deepEqual(await kinds("-type=user,query"), ["gap", "user", "query"]);
  assert.deepEqual(await kinds("-member=web-.*"), ["member-failed", "gap"]);
  assert.deepEqual(await kinds("-member=web-.|db"), ["member-failed", "gap", "query"]);
  assert.deepEqual(await kinds("-name=dep"), ["gap"]);
  assert.deepEqual(await kinds("-name=dep.*"), ["gap", "user"]);
});

Deno.test("events asks nobody if it cannot mean what was said", async () => {
  for (const argument of ["-since=yesterday", "-name=(", "-member=["]) {
    const { code, asked } = await run(argument);
    assert.deepEqual([code, asked], [1, []]);
  }
});

Deno.test("events follows until it is interrupted", async () => {
  const waits: (boolean | undefined)[] = [];
  const context = new RecordedContext({
    async history(since = "", { wait } = {}) {
      waits.push(wait);
      if (wait) {
        context.interrupt();
        await new Promise(() => {});
      }
      return { records: [], cursor: since };
    },
  });
  assert.equal(await events.execute(["-follow", `-since=${epoch}-4`], context), 0);
  assert.deepEqual(waits, [false, true]);
  assert.equal(context.stderr, `To go on from here: -since=${epoch}-4\n`);
});

Deno.test("events says that HashiCorp's agent keeps no history", async () => {
  const refused = new RpcError("refused", "Unsupported command");
  const context = new RecordedContext({ history: () => Promise.reject(refused) });
  assert.equal(await events.execute([], context), 1);
  assert.match(context.stdout, /this agent keeps none \(HashiCorp's does not\): "serf monitor"/);
});
