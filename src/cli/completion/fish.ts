/** Completion for fish. */

import type { CommandWord, FlagWord } from "./vocabulary.ts";

/** Returns the script: `serf completion fish | source`. */
export function fishScript(commands: readonly CommandWord[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = [
    "# Completion of serf for fish: serf completion fish | source",
    "complete -c serf -f",
    ...commands.map(({ name, about }) =>
      `complete -c serf -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${quote(about)}`
    ),
    ...commands.flatMap(commandLines),
  ];
  return lines.join("\n");
}

function commandLines({ name, flags, words }: CommandWord): string[] {
  const start = `complete -c serf -n "__fish_seen_subcommand_from ${name}"`;
  return [
    ...flags.map((flag) => `${start} ${flagOptions(flag)}`),
    ...(words.length === 0 ? [] : [`${start} -a ${quote(words.join(" "))}`]),
  ];
}

function flagOptions({ name, about, takesValue, values, takesFile }: FlagWord): string {
  const value = takesFile
    ? " -r -F"
    : values.length > 0
    ? ` -x -a ${quote(values.join(" "))}`
    : takesValue
    ? " -x"
    : "";
  return `-o ${name}${value} -d ${quote(about)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
