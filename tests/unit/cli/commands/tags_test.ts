import assert from "node:assert/strict";
import { tags } from "../../../../src/cli/commands/tags.ts";
import { RecordedContext } from "../../../support/command_context.ts";

async function run(...args: string[]) {
  const asked: unknown[] = [];
  const context = new RecordedContext({
    updateTags(set, remove) {
      asked.push([...set], remove);
      return Promise.resolve();
    },
  });
  return { code: await tags.execute(args, context), asked, context };
}

Deno.test("tags passes on what to set and what to delete", async () => {
  const { code, asked, context } = await run("-set", "a=b=c", "-delete=k", "-set=e=");
  assert.equal(code, 0);
  assert.deepEqual(asked, [[["a", "b=c"], ["e", ""]], ["k"]]);
  assert.equal(context.stdout, "Successfully updated agent tags\n");
});

Deno.test("tags shows its help if there is nothing to do", async () => {
  const { code, context } = await run();
  assert.equal(code, 1);
  assert.equal(context.stdout, `${tags.help()}\n`);
  assert.deepEqual(context.connections, []);
});

Deno.test("tags judges what to set after it has connected", async () => {
  const { code, asked, context } = await run("-set", "foo");
  assert.equal(code, 1);
  assert.equal(context.stdout, "Error: Invalid tag: 'foo'\n");
  assert.equal(context.connections.length, 1);
  assert.deepEqual(asked, []);
});
