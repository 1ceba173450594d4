import assert from "node:assert/strict";
import { readCommandLine, runCommandLine } from "../../../src/cli/cli.ts";
import { versionText } from "../../../src/cli/version.ts";
import { RecordedContext } from "../../support/command_context.ts";

async function run(...args: string[]) {
  const context = new RecordedContext();
  const code = await runCommandLine(args, context);
  return { code, stdout: context.stdout, stderr: context.stderr, context };
}

Deno.test("readCommandLine() takes the first word as the command", () => {
  assert.deepEqual(readCommandLine(["", "members", "-name=x", "y"]), {
    command: "members",
    args: ["-name=x", "y"],
    helpWanted: false,
    hasTopFlags: false,
  });
});

Deno.test("readCommandLine() finds flags in front of the command", () => {
  assert.equal(readCommandLine(["-x", "members"]).hasTopFlags, true);
  assert.equal(readCommandLine(["-h", "members"]).hasTopFlags, false);
  assert.equal(readCommandLine(["members", "-x"]).hasTopFlags, false);
});

Deno.test("readCommandLine() finds help anywhere in front of --", () => {
  for (const flag of ["-h", "-help", "--help"]) {
    assert.equal(readCommandLine(["event", "a", flag]).helpWanted, true);
    assert.equal(readCommandLine(["members", "-name", flag]).helpWanted, true);
    assert.equal(readCommandLine(["event", "--", flag]).helpWanted, false);
  }
  assert.equal(readCommandLine(["event", "-h=1"]).helpWanted, false);
});

Deno.test("readCommandLine() turns -v and --version anywhere in front of -- into the command", () => {
  assert.equal(readCommandLine(["members", "-v"]).command, "version");
  assert.equal(readCommandLine(["--version"]).command, "version");
  assert.equal(readCommandLine(["event", "--", "deploy", "-v"]).command, "event");
});

Deno.test("runCommandLine() prints the version whatever else is said", async () => {
  for (const args of [["version"], ["-v"], ["members", "-v"], ["version", "x", "-bogus"]]) {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${versionText}\n`, stderr: "" });
  }
});

Deno.test("runCommandLine() prints an empty help for version", async () => {
  for (const args of [["version", "-h"], ["--version", "--help"]]) {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "\n" });
  }
});

Deno.test("runCommandLine() prints the overview on stderr, with 0 only if help was asked for", async () => {
  const cases: [string[], number][] = [
    [["-h"], 0],
    [["help"], 0],
    [["--help"], 0],
    [[], 127],
    [[""], 127],
    [["--", "members"], 127],
    [["-version"], 127],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, expected, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^Usage: serf \[--version\] \[--help\] <command> \[<args>\]\n\n/);
    assert.match(stderr, /\n {4}why {13}Tells what an agent saw.*\n\n$/);
  }
});

Deno.test("runCommandLine() names an unknown command, guesses, and says where help is", async () => {
  const { code, stdout, stderr } = await run("memebrs\n");
  assert.equal(code, 127);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    "There is no command 'memebrs\\n'.\nDid you mean \"serf members\"?\nSee 'serf -h'.\n",
  );
  assert.equal(
    (await run("frobnicate")).stderr,
    "There is no command 'frobnicate'.\nSee 'serf -h'.\n",
  );
});

Deno.test("runCommandLine() prints the overview and then the mistake if help is asked for", async () => {
  for (const args of [["frobnicate", "-h"], ["help", "frobnicate"]]) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 127);
    assert.match(stderr, /^Usage: serf \[--version\]/);
    assert(stderr.endsWith("\n\nThere is no command 'frobnicate'.\n"));
  }
});

Deno.test("runCommandLine() takes help NAME for NAME -h", async () => {
  const { code, stdout, stderr } = await run("help", "agent");
  const { stderr: expected } = await run("agent", "-h");
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: expected });
  assert.match(stderr, /^Usage: serf agent/);
});

Deno.test("runCommandLine() prints a command's help on stderr without connecting", async () => {
  const { code, stdout, stderr, context } = await run("event", "foo", "bar", "-h");
  assert.equal(code, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /^Usage: serf event \[options\] name \[payload\]\n/);
  assert.deepEqual(context.connections, []);
});

Deno.test("runCommandLine() refuses flags in front of the command", async () => {
  const { code, stdout, stderr } = await run("-rpc-addr=x", "members");
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    "Invalid flags before the subcommand. If these flags are for\n" +
      "the subcommand, please put them after the subcommand.\n\n" +
      "Usage: serf members [options]\nSee 'serf members -h'.\n",
  );
});
