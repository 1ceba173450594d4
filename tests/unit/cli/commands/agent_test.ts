import assert from "node:assert/strict";
import { agent } from "../../../../src/cli/commands/agent.ts";
import { parseFlags } from "../../../../src/cli/flags.ts";
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

Deno.test("agent's flags give values under the names of settings", () => {
  const read = (...args: string[]) => parseFlags(agent.flags, args).values;
  assert.equal(read("-disable-compression").enableCompression, false);
  assert.equal(read("-disable-compression=false").enableCompression, true);
  assert.equal(read().enableCompression, undefined);
  assert.equal(read("-iface", "eth0").interface, "eth0");
  assert.equal(read("-retry-max=0x10").retryMaxAttempts, 16);
  assert.deepEqual(read("-tag", "a=1", "-tag=b=2").tags, ["a=1", "b=2"]);
  assert.deepEqual(read("-config-dir=d", "-config-file=f").configPaths, ["d", "f"]);
});
