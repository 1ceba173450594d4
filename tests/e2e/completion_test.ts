/** The completion scripts in the shells that they are for, where those are installed. */

import assert from "node:assert/strict";
import { commandTable } from "../../src/cli/command_table.ts";
import { type CommandWord, readVocabulary } from "../../src/cli/completion/vocabulary.ts";
import { RecordedContext } from "../support/command_context.ts";

const vocabulary: readonly CommandWord[] = await readVocabulary(commandTable);
const commandNames = vocabulary.map(({ name }) => name);

/** Where a program stands for `serf`: it lists members, one with a name that a shell could run. */
const fakes = new URL("../support/completion", import.meta.url).pathname;

/** Runs a shell with our script and some more, and returns the lines that it prints. */
async function runShell(shell: keyof typeof plainly, rest: string): Promise<string[]> {
  const context = new RecordedContext();
  assert.equal(await context.run("completion", shell), 0);
  const { code, stdout, stderr } = await new Deno.Command(shell, {
    args: [...plainly[shell], "-c", `${context.stdout}\n${rest}`],
    env: { LC_ALL: "C", PATH: `${fakes}:${Deno.env.get("PATH")}` },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.equal(code, 0, `${shell}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).split("\n").filter((line) => line !== "");
}

/** What keeps a shell from reading its user's own files. */
const plainly = { bash: ["--norc"], zsh: ["-f"], fish: ["--no-config"] } as const;

/** Test option: skips a test, visibly, where a shell is missing, or too old to run plainly. */
function needs(shell: keyof typeof plainly): { ignore: boolean } {
  try {
    const options = { args: [...plainly[shell], "-c", "true"] };
    return { ignore: !new Deno.Command(shell, options).outputSync().success };
  } catch {
    return { ignore: true };
  }
}

/** What to ask a shell for: the words typed, the last one unfinished; and what it should offer. */
type Question = readonly [typed: readonly string[], offered: readonly string[]];

function questions(): readonly Question[] {
  const flags = vocabulary.map(({ name, flags }): Question => {
    return [[name, "-"], flags.map((flag) => `-${flag.name}`)];
  });
  return [
    ...flags,
    [["mem"], ["members"]],
    [["agent", "-profile", ""], ["lan", "wan", "local"]],
    [["agent", "--profile", "l"], ["lan", "local"]],
    [["monitor", "-format", "js"], ["json"]],
    [["agent", "-node", ""], []],
    [["members", "-detailed", "-sta"], ["-status"]],
    [["members", "--fo"], ["--format"]],
    [["members", "--format", "j"], ["json"]],
    [["force-leave", ""], ["web-1", "web-2", "db.1"]],
    [["rtt", "web-1", "we"], ["web-1", "web-2"]],
    [["query", "-node", "d"], ["db.1"]],
    [["query", "--node", "d"], ["db.1"]],
    [["completion", ""], ["bash", "zsh", "fish", "powershell"]],
  ];
}

function quote(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(" ");
}

Deno.test({
  name: "bash completes commands, flags and values",
  ...needs("bash"),
  async fn() {
    const asked: readonly Question[] = [
      ...questions(),
      [[""], [...commandNames, "--help", "--version"]],
      [["members", "-format", "=", "j"], ["json"]],
      [["members", "-format", "="], ["text", "json"]],
    ];
    const script = asked.map(([typed]) =>
      `COMP_WORDS=(serf ${quote(typed)}); COMP_CWORD=${typed.length}; _serf; ` +
      'echo "> ${COMPREPLY[*]}"'
    ).join("\n");
    const lines = await runShell("bash", script);
    assert.equal(lines.length, asked.length);
    for (const [i, [typed, offered]] of asked.entries()) {
      assert.equal(lines[i], `> ${offered.join(" ")}`, typed.join(" "));
    }
  },
});

Deno.test({
  name: "zsh completes commands, flags and values",
  ...needs("zsh"),
  async fn() {
    // Outside the line editor the completion system's own functions cannot run.
    const stubs = `
      _describe() { local item; for item in "\${(@P)2}"; do offer "\${item%%:*}"; done }
      compadd() { shift; local item; for item in "$@"; do offer "$item"; done }
      compset() { : }
      _files() { : }
      offer() { [[ $1 == "$prefix"* ]] && offered+=("$1") }`;
    const asked: readonly Question[] = [
      ...questions(),
      [[""], commandNames],
      [["members", "-format=j"], ["json"]],
    ];
    const script = asked.map(([typed]) => {
      const prefix = typed.at(-1)?.replace(/^-.*=/, "") ?? "";
      return `words=(serf ${quote(typed)}); CURRENT=${typed.length + 1}; prefix='${prefix}'; ` +
        'offered=(); _serf; print -r -- "> $offered"';
    }).join("\n");
    const lines = await runShell("zsh", `${stubs}\n${script}`);
    assert.equal(lines.length, asked.length);
    for (const [i, [typed, offered]] of asked.entries()) {
      assert.equal(lines[i], `> ${offered.join(" ")}`, typed.join(" "));
    }
  },
});

Deno.test({
  name: "zsh's completion system takes the script",
  ...needs("zsh"),
  async fn() {
    const context = new RecordedContext();
    await context.run("completion", "zsh");
    const { stdout } = await new Deno.Command("zsh", {
      args: [
        "-f",
        "-c",
        `autoload -Uz compinit; compinit -D -u\n${context.stdout}\nprint -r -- "$_comps[serf]"`,
      ],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "_serf\n");
  },
});

Deno.test({
  name: "fish completes commands, flags and values",
  ...needs("fish"),
  async fn() {
    const asked: readonly Question[] = [
      ...questions(),
      [[""], commandNames],
      [["members", "-format=j"], ["-format=json"]],
    ];
    const script = asked.map(([typed]) =>
      `set offered (complete -C ${JSON.stringify(`serf ${typed.join(" ")}`)} | ` +
      "string replace -r '\\t.*' ''); echo \"> $offered\""
    ).join("\n");
    const lines = await runShell("fish", script);
    assert.equal(lines.length, asked.length);
    for (const [i, [typed, offered]] of asked.entries()) {
      const given = lines[i]?.slice(2).split(" ").filter((word) => word !== "") ?? [];
      assert.deepEqual(given.sort(), [...offered].sort(), typed.join(" "));
    }
  },
});
