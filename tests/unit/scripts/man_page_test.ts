import assert from "node:assert/strict";
import { commandPart, manPage } from "../../../scripts/man_page.ts";
import { commandTable } from "../../../src/cli/command_table.ts";
import { textFlag } from "../../../src/cli/flags.ts";

Deno.test("manPage() has every command with every flag", async () => {
  const page = await manPage();
  for (const { name, load } of commandTable) {
    assert.equal(page.includes(`\n.SS "serf ${name}`), true, name);
    for (const flag of Object.values((await load()).flags)) {
      for (const spelling of flag.spellings) {
        assert.equal(page.includes(`\n.B \\-${spelling.name.replaceAll("-", "\\-")}`), true);
      }
    }
  }
});

Deno.test("commandPart() lets no text pass for a request", () => {
  const part = commandPart("odd", "Does", {
    usage: "",
    about: [".so /etc/passwd", 'a\\b "c"'],
    flags: {
      odd: textFlag("odd=x", "'quoted' at its start"),
    },
  });
  assert.deepEqual(part.split("\n"), [
    '.SS "serf odd"',
    "Does.",
    ".PP",
    "\\&.so /etc/passwd",
    ".PP",
    "a\\eb \\(dqc\\(dq",
    ".TP",
    ".B \\-odd=x",
    "\\&'quoted' at its start",
  ]);
});
