import assert from "node:assert/strict";
import { commandTable } from "../../../../src/cli/command_table.ts";
import { readVocabulary } from "../../../../src/cli/completion/vocabulary.ts";

Deno.test("readVocabulary() has every command with every flag", async () => {
  const vocabulary = await readVocabulary(commandTable);
  assert.deepEqual(vocabulary.map(({ name }) => name), commandTable.map(({ name }) => name));
  for (const { name, flags } of vocabulary) {
    const help = (await commandTable.find((entry) => entry.name === name)?.load())?.help() ?? "";
    const [options = ""] = help.split("\n\nEvent handlers:");
    const told = [...options.matchAll(/^ {2}-([a-z0-9-]+)/gm)].map((match) => match[1]);
    if (name !== "version") assert.deepEqual(flags.map((flag) => flag.name), told, name);
  }
});

Deno.test("readVocabulary() knows which flags take what", async () => {
  const vocabulary = await readVocabulary(commandTable);
  const flag = (command: string, name: string) => {
    const found = vocabulary.find((word) => word.name === command);
    return found?.flags.find((word) => word.name === name);
  };
  assert.equal(flag("members", "detailed")?.takesValue, false);
  assert.deepEqual(flag("members", "format")?.offers, ["text", "json"]);
  assert.deepEqual(flag("agent", "profile")?.offers, ["lan", "wan", "local"]);
  assert.equal(flag("agent", "config-dir")?.offers, "files");
  assert.equal(flag("agent", "node")?.offers, undefined);
});
