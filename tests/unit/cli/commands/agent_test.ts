import assert from "node:assert/strict";
import { agent } from "../../../../src/cli/commands/agent.ts";
import { RecordedContext } from "../../../support/command_context.ts";

Deno.test("agent marks the usage that follows a mistake, but not help asked for", async () => {
  const context = new RecordedContext();
  assert.equal(await agent.execute(["-bogus"], context), 1);
  assert.equal(context.stderr, "flag provided but not defined: -bogus\n");
  assert.equal(context.stdout, "==> Usage: serf agent [options]\nSee 'serf agent -h'.\n");
  assert.match(agent.help(), /^Usage: serf agent \[options\]\n/);
});

Deno.test("agent explains event handlers", () => {
  assert.match(agent.help(), /\nEvent handlers:\n\n/);
});
