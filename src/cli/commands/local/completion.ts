/** `serf completion`: scripts that complete commands and flags, made from the command table. */

import { defineCommand, UsageMistake } from "../../command.ts";
import { commandTable } from "../../command_table.ts";
import { bashScript } from "../../completion/bash.ts";
import { fishScript } from "../../completion/fish.ts";
import { powershellScript } from "../../completion/powershell.ts";
import {
  type CommandWord,
  readVocabulary,
  type Shell,
  shells,
} from "../../completion/vocabulary.ts";
import { zshScript } from "../../completion/zsh.ts";

const scripts: Readonly<Record<Shell, (commands: readonly CommandWord[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

export const completion = defineCommand({
  name: "completion",
  usage: shells.join("|"),
  example: "source <(serf completion bash)",
  words: shells,
  about: [
    "Prints a script that makes a shell complete the commands, their flags, the values of flags " +
    "that have few, and the names of nodes, for which it asks the agent.",
    "bash: source <(serf completion bash)",
    "zsh, behind compinit: source <(serf completion zsh)",
    "fish: serf completion fish | source",
    "PowerShell: serf completion powershell | Out-String | Invoke-Expression",
  ],
  flags: {},
  async run(_flags, args, { terminal }) {
    const [wanted] = args;
    const shell = shells.find((name) => name === wanted);
    if (!shell || args.length !== 1) {
      const other = wanted !== undefined && !shell ? `There is none for '${wanted}'. ` : "";
      throw new UsageMistake(`${other}A shell must be specified: ${shells.join(", ")}.`);
    }
    terminal.print(scripts[shell](await readVocabulary(commandTable)));
  },
});
