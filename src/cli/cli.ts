/**
 * Decides what a command line asks for and runs it (cli.md section 1.1).
 *
 * `-v` and `-h` are looked for everywhere in front of `--`; what stands behind it
 * is never taken for one of them.
 */

import { commandTable } from "./command_table.ts";
import type { Context } from "./context.ts";
import { formatOverview, formatUsage } from "./help.ts";

const versionFlags = ["-v", "--version"];
const helpFlags = ["-h", "-help", "--help"];

/** The exit code where there is no such command. */
const unknownCommandExit = 127;

/** A command line, taken apart. */
export interface CommandLine {
  /** `undefined` if none is named. */
  readonly command: string | undefined;
  /** What stands behind the command. */
  readonly args: readonly string[];
  readonly helpWanted: boolean;
  /** Whether flags stand in front of the command, where none belong. */
  readonly hasTopFlags: boolean;
}

/** Takes the program's arguments apart; `help members` is `members -h`. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const end = args.indexOf("--");
  const scanned = end < 0 ? args : args.slice(0, end);
  if (scanned.some((arg) => versionFlags.includes(arg))) {
    const helpWanted = scanned.some((arg) => helpFlags.includes(arg));
    return { command: "version", args, helpWanted, hasTopFlags: false };
  }

  const at = scanned.findIndex((arg) => arg !== "" && !arg.startsWith("-"));
  const front = at < 0 ? scanned : scanned.slice(0, at);
  if (scanned[at] === "help") {
    return { command: scanned[at + 1], args: [], helpWanted: true, hasTopFlags: false };
  }
  return {
    command: scanned[at],
    args: args.slice(at + 1),
    helpWanted: scanned.some((arg) => helpFlags.includes(arg)),
    hasTopFlags: front.some((arg) => arg.startsWith("-") && !helpFlags.includes(arg)),
  };
}

/** Runs the program with its arguments and returns the exit code. */
export async function runCommandLine(args: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  const line = readCommandLine(args);
  const entry = commandTable.find(({ name }) => name === line.command);
  if (!entry) {
    if (line.command === undefined || line.helpWanted) terminal.warn(formatOverview(synopses()));
    if (line.command === undefined) return line.helpWanted ? 0 : unknownCommandExit;
    await tellUnknown(line.command, context);
    if (!line.helpWanted) terminal.warn("See 'serf -h'.");
    return unknownCommandExit;
  }

  const command = await entry.load();
  if (line.helpWanted) {
    terminal.warn(command.help());
    return 0;
  }
  if (line.hasTopFlags) {
    terminal.warn("Invalid flags before the subcommand. If these flags are for");
    terminal.warn("the subcommand, please put them after the subcommand.\n");
    terminal.warn(formatUsage(entry.name, command.usage));
    return 1;
  }
  return await command.execute(line.args, context);
}

function synopses(): ReadonlyMap<string, string> {
  return new Map(commandTable.map(({ name, synopsis }) => [name, synopsis]));
}

async function tellUnknown(typed: string, { terminal }: Context): Promise<void> {
  const { visible } = await import("./output/table.ts");
  const { closestName } = await import("./suggestion.ts");
  const meant = closestName(typed, commandTable.map(({ name }) => name));
  terminal.warn(`There is no command '${visible(typed)}'.`);
  if (meant !== undefined) terminal.warn(`Did you mean "serf ${meant}"?`);
}
