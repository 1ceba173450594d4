import assert from "node:assert/strict";
import { version } from "../../../../../src/cli/commands/local/version.ts";
import { VERSION } from "../../../../../src/agent/version.ts";
import { versionText } from "../../../../../src/cli/version.ts";
import { RecordedContext } from "../../../../support/command_context.ts";

Deno.test("version prints the version whatever its arguments, and has no help", async () => {
  const context = new RecordedContext();
  assert.equal(await version.execute(["-bogus", "x"], context), 0);
  assert.equal(context.stdout, `${versionText}\n`);
  assert.equal(context.stderr, "");
  assert.equal(version.help(), "");
});

Deno.test("version -format=json is one object", async () => {
  const context = new RecordedContext();
  assert.equal(await version.execute(["-format=json"], context), 0);
  assert.deepEqual(JSON.parse(context.stdout), {
    version: VERSION,
    protocol: { version: 5, min: 2 },
  });
});

Deno.test("version prints text unless JSON is asked for in front of all else", async () => {
  const isJson = async (args: string[]) => {
    const context = new RecordedContext();
    assert.equal(await version.execute(args, context), 0);
    return context.stdout.startsWith("{");
  };
  assert.equal(await isJson(["-format=json"]), true);
  assert.equal(await isJson(["--format", "json", "x"]), true);
  for (const args of [[], ["x", "-format=json"], ["-bogus"], ["-format"], ["-format=xml"]]) {
    assert.equal(await isJson(args), false, args.join(" "));
  }
});
