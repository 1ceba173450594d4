import assert from "node:assert/strict";
import { formatSections, info } from "../../../../src/cli/commands/info.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

const stats = new Map([
  ["tags", new Map<string, string>()],
  ["agent", new Map([["name", "n1"], ["id", "<1>"]])],
]);

const unknown = () => Promise.reject(new RpcError("refused", "Unsupported command"));

async function run(...args: string[]) {
  const context = new RecordedContext({ stats: () => Promise.resolve(stats), facts: unknown });
  return { code: await info.execute(args, context), context };
}

Deno.test("formatSections() sorts sections and entries and shows empty sections", () => {
  const sections = new Map([...stats, ["serf", new Map([["members", "1"]])]]);
  assert.equal(
    formatSections(sections),
    "agent:\n\tid = <1>\n\tname = n1\nserf:\n\tmembers = 1\ntags:",
  );
  assert.equal(formatSections(new Map()), "");
});

Deno.test("info prints text", async () => {
  const { code, context } = await run();
  assert.equal(code, 0);
  assert.equal(context.stdout, "agent:\n\tid = <1>\n\tname = n1\ntags:\n");
});

Deno.test("info prints JSON", async () => {
  const { code, context } = await run("-format=json");
  assert.equal(code, 0);
  assert.equal(
    context.stdout,
    '{\n  "agent": {\n    "id": "\\u003c1\\u003e",\n    "name": "n1"\n  },\n  "tags": {}\n}\n',
  );
});

Deno.test("info judges the format before it connects", async () => {
  const { code, context } = await run("-format=yaml");
  assert.equal(code, 1);
  assert.deepEqual(context.connections, []);
  assert.equal(context.stdout, 'Encoding error: Invalid output format "yaml"\n');
});

Deno.test("info shows what only this program tells behind the rest", async () => {
  const facts = () => Promise.resolve(new Map([["program", new Map([["version", "1"]])]]));
  const context = new RecordedContext({ stats: () => Promise.resolve(stats), facts });
  assert.equal(await info.execute([], context), 0);
  assert.equal(
    context.stdout,
    "agent:\n\tid = <1>\n\tname = n1\ntags:\nprogram:\n\tversion = 1\n",
  );
  context.stdout = "";
  await info.execute(["-format=json"], context);
  assert.deepEqual(JSON.parse(context.stdout), {
    agent: { id: "<1>", name: "n1" },
    program: { version: "1" },
    tags: {},
  });
});

Deno.test("info fails if the facts do, for another reason than that they are not known", async () => {
  const facts = () => Promise.reject(new RpcError("closed", "client closed"));
  const context = new RecordedContext({ stats: () => Promise.resolve(stats), facts });
  assert.equal(await info.execute([], context), 1);
  assert.equal(context.stdout, "Error querying agent: client closed\n");
});
