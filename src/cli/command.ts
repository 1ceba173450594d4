/**
 * A command: its usage, its flags, and what it does.
 *
 * A command returns its exit code. Failures it meets on the way it throws as one
 * of the two errors here, and they are printed in one place: what is wrong, and
 * where help is. Help itself would push the mistake off the screen.
 */

import type { Context } from "./context.ts";
import {
  FlagError,
  type FlagTable,
  type FlagValues,
  parseFlags,
  parseFlagsLeniently,
} from "./flags.ts";
import { formatHelp, formatUsage } from "./help.ts";

/** What help says about a command. */
export interface HelpText {
  /**
   * The arguments behind the name, for instance `[options] name [payload]`. A command that
   * names none but `[options]` gets none: more are a mistake.
   */
  readonly usage: string;
  /** Paragraphs. */
  readonly about: readonly string[];
  readonly flags: FlagTable;
  /** What a shell may offer for the arguments: words, or the names of nodes. */
  readonly words?: readonly string[] | "nodes";
  /** A command line to copy. */
  readonly example?: string;
  /** What stands below the options, each part with a heading. */
  readonly notes?: readonly { readonly heading: string; readonly paragraphs: readonly string[] }[];
}

/** A command as its file declares it; the usage is `[options]` if it names no other. */
interface CommandDefinition<Flags extends FlagTable> extends Omit<HelpText, "usage"> {
  readonly name: string;
  readonly usage?: string;
  readonly flags: Flags;
  /** Stands before the usage that is printed because of a mistake. */
  readonly mistakePrefix?: string;
  /** Parity: the command succeeds with any arguments; mistaken ones count as not given. */
  readonly isLenient?: true;
  /** Does the work and returns the exit code; nothing is 0. */
  readonly run: (
    flags: FlagValues<Flags>,
    args: readonly string[],
    context: Context,
  ) => number | void | Promise<number | void>;
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
  /** What to try, for people: it goes to standard error, where no script reads it. */
  readonly hint: string | undefined;

  /** Builds a failure; `cause` is what led to it, where commands have to tell. */
  constructor(message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.hint = hint;
  }
}

/** The command was asked for something it cannot mean; without a message all help is printed. */
export class UsageMistake extends Error {
  override readonly name = "UsageMistake";
}

/** Returns the command that a definition describes. */
export function defineCommand<Flags extends FlagTable>(
  definition: CommandDefinition<Flags>,
): Command {
  const { name, usage = "[options]", flags, isLenient, mistakePrefix = "", run } = definition;
  const help = () => formatHelp(name, { ...definition, usage });
  const execute = async (args: readonly string[], context: Context) => {
    try {
      const { values, rest } = (isLenient ? parseFlagsLeniently : parseFlags)(flags, args);
      if (!isLenient && usage === "[options]" && rest.length > 0) {
        throw new UsageMistake(`This command takes no arguments, but there is '${rest[0]}'.`);
      }
      return await run(values, rest, context) ?? 0;
    } catch (error) {
      if (error instanceof CommandFailure) {
        context.terminal.print(error.message);
        if (error.hint !== undefined) context.terminal.warn(`Hint: ${error.hint}`);
        return 1;
      }
      if (error instanceof UsageMistake) {
        if (error.message !== "") context.terminal.print(`${error.message}\n`);
      } else if (error instanceof FlagError) {
        if (error.message !== "") context.terminal.warn(error.message);
        await suggestFlag(error, flags, context);
      } else {
        throw error;
      }
      const text = error.message === "" ? help() : formatUsage(name, usage);
      context.terminal.print(`${mistakePrefix}${text}`);
      return 1;
    }
  };
  return { ...definition, usage, help, execute };
}

async function suggestFlag(error: FlagError, flags: FlagTable, context: Context): Promise<void> {
  if (error.unknownFlag === undefined) return;
  const { closestName } = await import("./suggestion.ts");
  const names = Object.values(flags).flatMap((flag) => flag.spellings.map(({ name }) => name));
  const meant = closestName(error.unknownFlag, names);
  if (meant !== undefined) context.terminal.warn(`Did you mean -${meant}?`);
}
