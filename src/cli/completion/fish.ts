/** Completion for fish. */

import { type CommandWord, type FlagWord, nodeNames } from "./vocabulary.ts";

/** Returns the script: `serf completion fish | source`. */
export function fishScript(commands: readonly CommandWord[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = [
    "# Completion of serf for fish: serf completion fish | source",
    '# At most 2 s, where there is "timeout".',
    "function __serf_nodes",
    "  set -l limit; type -q timeout; and set limit timeout 2",
    `  $limit serf members 2> /dev/null | ${nodeNames}`,
    "end",
    "complete -c serf -f",
    ...commands.map(({ name, about }) =>
      `complete -c serf -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${quote(about)}`
    ),
    ...commands.flatMap(commandLines),
  ];
  return lines.join("\n");
}

function commandLines({ name, flags, offers }: CommandWord): string[] {
  const start = `complete -c serf -n "__fish_seen_subcommand_from ${name}"`;
  // Offered beside the spelling with one dash only to those who type two.
  const twoDashes = `complete -c serf -n "__fish_seen_subcommand_from ${name}; and ` +
    `string match -q -- '--*' (commandline -ct) (commandline -poc)[-1]"`;
  return [
    ...flags.map((flag) => `${start} -o ${flag.name}${flagOptions(flag)}`),
    ...flags.map((flag) => `${twoDashes} -l ${flag.name}${flagOptions(flag)}`),
    ...(offers.length === 0 ? [] : [`${start} -a ${offeredText(offers)}`]),
  ];
}

function flagOptions({ about, takesValue, offers }: FlagWord): string {
  const value = offers === "files"
    ? " -r -F"
    : offers !== undefined
    ? ` -x -a ${offeredText(offers)}`
    : takesValue
    ? " -x"
    : "";
  return `${value} -d ${quote(about)}`;
}

function offeredText(offers: CommandWord["offers"]): string {
  return offers === "nodes" ? "'(__serf_nodes)'" : quote(offers.join(" "));
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
