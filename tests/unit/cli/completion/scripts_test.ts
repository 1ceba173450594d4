import assert from "node:assert/strict";
import { commandTable } from "../../../../src/cli/command_table.ts";
import { bashScript } from "../../../../src/cli/completion/bash.ts";
import { fishScript } from "../../../../src/cli/completion/fish.ts";
import { powershellScript } from "../../../../src/cli/completion/powershell.ts";
import { offeredWords, readVocabulary } from "../../../../src/cli/completion/vocabulary.ts";
import { zshScript } from "../../../../src/cli/completion/zsh.ts";

const vocabulary = await readVocabulary(commandTable);

/** A command whose texts want quoting. */
const awkward = [{
  name: "odd",
  about: "It's a: test",
  offers: [],
  flags: [{
    name: "x",
    about: "Don't: $HOME `x` \\ [y]",
    takesValue: true,
  }],
}];

Deno.test("Every script names every command, flag and value of the table", () => {
  const scripts = { bashScript, zshScript, fishScript, powershellScript };
  for (const [shell, write] of Object.entries(scripts)) {
    const script = write(vocabulary);
    for (const { name, flags } of vocabulary) {
      assert(script.includes(name), `${shell} ${name}`);
      for (const flag of flags) {
        const dashed = new RegExp(`(-|-o )${flag.name}\\b`);
        assert.match(script, dashed, `${shell} ${name} ${flag.name}`);
        for (const value of offeredWords(flag.offers)) {
          assert(script.includes(value), `${shell} ${value}`);
        }
      }
    }
  }
});

Deno.test("powershellScript() lists the flags of each command, and no others", () => {
  const script = powershellScript(vocabulary);
  for (const { name, flags } of vocabulary) {
    const block = script.split(`    '${name}' = [ordered]@{\n`)[1]?.split("\n    }")[0] ?? "";
    const listed = [...block.matchAll(/^ +'(-[a-z0-9-]+)' = '/gm)].map((match) => match[1]);
    assert.deepEqual(listed, flags.map((flag) => `-${flag.name}`), name);
  }
});

Deno.test("Scripts quote texts as their shells want it", () => {
  assert(zshScript(awkward).includes("'-x:Don'\\''t: $HOME `x` \\ [y]'"));
  assert(fishScript(awkward).includes("-d 'Don\\'t: $HOME `x` \\\\ [y]'"));
  assert(powershellScript(awkward).includes("'-x' = 'Don''t: $HOME `x` \\ [y]'"));
});
