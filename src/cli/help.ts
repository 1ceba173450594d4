/** Help, laid out from what commands declare about themselves. */

import type { HelpText } from "./command.ts";
import type { CommandEntry } from "./command_table.ts";
import type { Spelling } from "./flags.ts";

/** Lines of help are at most this long. */
const lineLength = 80;

/** Where the text about a flag starts. */
const flagColumn = 28;

/** Returns the help of a command, without a newline at its end. */
export function formatHelp(name: string, help: HelpText): string {
  const parts = [usageLine(name, help.usage)];
  for (const paragraph of help.about) parts.push(wrap(paragraph, 2));
  if (help.example !== undefined) parts.push(`Example: ${help.example}`);

  const spellings = Object.values(help.flags).flatMap((flag) => flag.spellings);
  if (spellings.length > 0) {
    parts.push("Options:", spellings.map(formatFlag).join("\n"));
  }
  for (const { heading, paragraphs } of help.notes ?? []) {
    parts.push(`${heading}:`);
    for (const paragraph of paragraphs) parts.push(wrap(paragraph, 2));
  }
  return parts.join("\n\n");
}

/** Returns how a command is used and where its help is, in two lines. */
export function formatUsage(name: string, usage: string): string {
  return `${usageLine(name, usage)}\nSee 'serf ${name} -h'.`;
}

/** Returns the overview of all commands, closed by an empty line (cli.md section 1.2). */
export function formatOverview(commands: readonly Omit<CommandEntry, "load">[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, synopsis }) => `    ${name.padEnd(width)}    ${synopsis}`);
  return [
    "Usage: serf [--version] [--help] <command> [<args>]",
    "",
    "Available commands are:",
    ...lines,
    "",
  ].join("\n");
}

function usageLine(name: string, usage: string): string {
  return `Usage: serf ${name} ${usage}`.trimEnd();
}

function formatFlag(spelling: Spelling): string {
  const label = `  -${spelling.name}${spelling.hint}`;
  const text = wrap(spelling.about, flagColumn);
  // The label takes the place of the first line's indentation where it fits.
  if (label.length + 2 > flagColumn) return `${label}\n${text}`;
  return label.padEnd(flagColumn) + text.slice(flagColumn);
}

/** Breaks a text into lines between words. */
function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > lineLength) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  lines.push(line);
  return lines.map((each) => " ".repeat(indent) + each).join("\n");
}
