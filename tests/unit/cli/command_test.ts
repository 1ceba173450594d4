import assert from "node:assert/strict";
import { CommandFailure, defineCommand, UsageMistake } from "../../../src/cli/command.ts";
import { textFlag } from "../../../src/cli/flags.ts";
import { RecordedContext } from "../../support/command_context.ts";

/** A command that fails as its flag says. */
const probe = defineCommand({
  name: "probe",
  usage: "[options] word ...",
  about: ["Fails on demand."],
  mistakePrefix: "==> ",
  flags: { how: textFlag("how=way", "The way.") },
  run({ how }, args, { terminal }) {
    if (how === "failure") throw new CommandFailure("It failed");
    if (how === "hint") throw new CommandFailure("It failed", "try harder");
    if (how === "mistake") throw new UsageMistake("Nonsense.");
    if (how === "help") throw new UsageMistake();
    if (how === "bug") throw new TypeError("a bug");
    terminal.print(args.join(","));
    return 3;
  },
});

async function execute(...args: string[]) {
  const context = new RecordedContext();
  const code = await probe.execute(args, context);
  return { code, stdout: context.stdout, stderr: context.stderr };
}

const help = `==> ${probe.help()}\n`;
const usage = "==> Usage: serf probe [options] word ...\nSee 'serf probe -h'.\n";

Deno.test("Command.execute() returns what the command returns", async () => {
  assert.deepEqual(await execute("-how=x", "a", "b"), { code: 3, stdout: "a,b\n", stderr: "" });
});

Deno.test("Command.execute() prints failures on stdout", async () => {
  assert.deepEqual(await execute("-how=failure"), { code: 1, stdout: "It failed\n", stderr: "" });
});

Deno.test("Command.execute() prints hints on stderr, where no script looks", async () => {
  assert.deepEqual(await execute("-how=hint"), {
    code: 1,
    stdout: "It failed\n",
    stderr: "Hint: try harder\n",
  });
});

Deno.test("Command.execute() prints the usage below a mistake, on stdout", async () => {
  const stdout = `Nonsense.\n\n${usage}`;
  assert.deepEqual(await execute("-how=mistake"), { code: 1, stdout, stderr: "" });
  assert.deepEqual(await execute("-how=help"), { code: 1, stdout: help, stderr: "" });
});

Deno.test("Command.execute() refuses arguments where the usage names none", async () => {
  const usage = "[options]";
  const none = defineCommand({ name: "none", usage, about: [], flags: {}, run: () => 0 });
  const context = new RecordedContext();
  assert.equal(await none.execute([], context), 0);
  assert.equal(await none.execute(["n5"], context), 1);
  assert.equal(
    context.stdout,
    "This command takes no arguments, but there is 'n5'.\n\n" +
      "Usage: serf none [options]\nSee 'serf none -h'.\n",
  );
});

Deno.test("Command.execute() prints flag errors on stderr and the usage on stdout", async () => {
  assert.deepEqual(await execute("-bogus"), {
    code: 1,
    stdout: usage,
    stderr: "flag provided but not defined: -bogus\n",
  });
  assert.deepEqual(await execute("-h=1"), { code: 1, stdout: help, stderr: "" });
});

Deno.test("Command.execute() guesses a mistyped flag", async () => {
  const { stderr } = await execute("-hwo=x");
  assert.equal(stderr, "flag provided but not defined: -hwo\nDid you mean -how?\n");
});

Deno.test("Command.execute() does not catch programming errors", async () => {
  await assert.rejects(execute("-how=bug"), TypeError);
});
