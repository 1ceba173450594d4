/**
 * A command: its usage, its flags, and what it does.
 *
 * A command returns its exit code. Failures it meets on the way it throws as one
 * of the two errors here, and they are printed in one place.
 */

import type { Context } from "./context.ts";
import { FlagError, type FlagTable, type FlagValues, parseFlags } from "./flags.ts";
import { formatHelp } from "./help.ts";

/** A part of help with a heading of its own. */
export interface HelpSection {
  readonly heading: string;
  readonly paragraphs: readonly string[];
}

/** What help says about a command. */
export interface HelpText {
  /** The arguments behind the name, for instance `[options] name [payload]`. */
  readonly usage: string;
  /** Paragraphs. */
  readonly about: readonly string[];
  readonly flags: FlagTable;
  /** What a shell may offer for the arguments. */
  readonly words?: readonly string[];
  /** What stands below the options. */
  readonly notes?: readonly HelpSection[];
}

/** A command as its file declares it. */
export interface CommandDefinition<Flags extends FlagTable> extends HelpText {
  readonly name: string;
  readonly flags: Flags;
  /** Stands before help that is printed because of a mistake. */
  readonly mistakePrefix?: string;
  /** Does the work and returns the exit code. */
  run(
    flags: FlagValues<Flags>,
    args: readonly string[],
    context: Context,
  ): number | Promise<number>;
}

/** A command as the command line runs it, with what manuals say about it. */
export interface Command extends HelpText {
  /** The help, without a newline at its end. */
  help(): string;
  /** Runs with the arguments behind the command's name; returns the exit code. */
  execute(args: readonly string[], context: Context): Promise<number>;
}

/** Something went wrong; the message is the line to print. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

/** The command was asked for something it cannot mean; help follows the message, if there is one. */
export class UsageMistake extends Error {
  override readonly name = "UsageMistake";
}

/** Returns the command that a definition describes. */
export function defineCommand<Flags extends FlagTable>(
  definition: CommandDefinition<Flags>,
): Command {
  const help = () => formatHelp(definition.name, definition);
  const helpAfterMistake = () => `${definition.mistakePrefix ?? ""}${help()}`;

  const { usage, about, flags, words, notes } = definition;
  return {
    usage,
    about,
    flags,
    ...(words ? { words } : {}),
    ...(notes ? { notes } : {}),
    help,
    async execute(args, context) {
      const { terminal } = context;
      try {
        const { values, rest } = parseFlags(definition.flags, args);
        return await definition.run(values, rest, context);
      } catch (error) {
        if (error instanceof CommandFailure) {
          terminal.print(error.message);
        } else if (error instanceof UsageMistake) {
          if (error.message !== "") terminal.print(`${error.message}\n`);
          terminal.print(helpAfterMistake());
        } else if (error instanceof FlagError) {
          if (error.message !== "") terminal.warn(error.message);
          terminal.print(helpAfterMistake());
          await suggestFlag(error, definition.flags, context);
        } else {
          throw error;
        }
        return 1;
      }
    },
  };
}

async function suggestFlag(error: FlagError, flags: FlagTable, context: Context): Promise<void> {
  if (error.unknownFlag === undefined) return;
  const { closestName } = await import("./suggestion.ts");
  const names = Object.values(flags).flatMap((flag) => flag.spellings.map(({ name }) => name));
  const meant = closestName(error.unknownFlag, names);
  if (meant !== undefined) context.terminal.warn(`Did you mean -${meant}?`);
}
