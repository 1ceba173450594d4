import assert from "node:assert/strict";
import { version } from "../../../../src/cli/commands/version.ts";
import { versionText } from "../../../../src/cli/version.ts";
import { RecordedContext } from "../../../support/command_context.ts";

Deno.test("version prints the version whatever its arguments, and has no help", async () => {
  const context = new RecordedContext();
  assert.equal(await version.execute(["-bogus", "x"], context), 0);
  assert.equal(context.stdout, `${versionText}\n`);
  assert.equal(context.stderr, "");
  assert.equal(version.help(), "");
});
