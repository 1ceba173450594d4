import assert from "node:assert/strict";
import { completion } from "../../../../../src/cli/commands/local/completion.ts";
import { RecordedContext } from "../../../../support/command_context.ts";

Deno.test("completion prints a script for each shell", async () => {
  const heads = new Map([
    ["bash", "# Completion of serf for bash"],
    ["zsh", "#compdef serf"],
    ["fish", "# Completion of serf for fish"],
    ["powershell", "# Completion of serf for PowerShell"],
  ]);
  for (const [shell, head] of heads) {
    const context = new RecordedContext();
    assert.equal(await completion.execute([shell], context), 0);
    assert(context.stdout.startsWith(head), shell);
    assert.equal(context.stderr, "");
  }
});

Deno.test("completion wants one shell that it knows", async () => {
  for (const args of [[], ["tcsh"], ["bash", "zsh"]]) {
    const context = new RecordedContext();
    assert.equal(await completion.execute(args, context), 1);
    assert.match(
      context.stdout,
      /^(There is none for 'tcsh'\. )?A shell must be specified: bash, zsh, fish, powershell\.\n\nUsage/,
    );
  }
});
