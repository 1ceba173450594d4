import assert from "node:assert/strict";
import { run, toolOutput } from "../../../../scripts/lab/command.ts";

const deno = Deno.execPath();

Deno.test("run() returns status and both outputs, whatever the status is", async () => {
  const program = 'console.log("out"); console.error("err"); Deno.exit(3)';
  const outcome = await run([deno, "eval", program]);
  assert.deepEqual(outcome, { code: 3, stdout: "out\n", stderr: "err\n" });
});

Deno.test("toolOutput() throws what a failed program complained about", async () => {
  assert.equal(await toolOutput(deno, "eval", "console.log(1)"), "1\n");
  await assert.rejects(
    toolOutput(deno, "eval", 'console.error("no"); Deno.exit(1)'),
    /^Error: ".*" failed: no$/,
  );
  await assert.rejects(toolOutput("/no/such/program"), /^Error: Cannot run "\/no\/such\/program"$/);
});
