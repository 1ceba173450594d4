import assert from "node:assert/strict";
import { formatSections, info } from "../../../../src/cli/commands/info.ts";
import { RecordedContext } from "../../../support/command_context.ts";

const stats = new Map([
  ["tags", new Map<string, string>()],
  ["agent", new Map([["name", "n1"], ["id", "<1>"]])],
]);

async function run(...args: string[]) {
  const context = new RecordedContext({ stats: () => Promise.resolve(stats) });
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
