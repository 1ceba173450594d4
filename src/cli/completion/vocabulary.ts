/** What a shell can complete: the commands and their flags, as the command table has them. */

import type { CommandEntry } from "../command_table.ts";
import type { Spelling } from "../flags.ts";

/** A flag as shells see it. */
export interface FlagWord extends Omit<Spelling, "hint"> {
  /** Whether the flag takes a value at all. */
  readonly takesValue: boolean;
}

/** A command as shells see it. */
export interface CommandWord {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly FlagWord[];
  /** What to offer for its arguments. */
  readonly offers: readonly string[] | "nodes";
}

/**
 * Turns what `serf members` prints into names, one a line, with sed.
 *
 * Other members choose their names, and the shell reads what is completed: a name with
 * anything but letters, digits, "_", "." and "-" is left out, and so are messages.
 */
export const nodeNames = String
  .raw`sed -n 's/^\([A-Za-z0-9_][A-Za-z0-9._-]*\)   *[^ ]*:[0-9][0-9]*  .*/\1/p'`;

/** The shells that there are scripts for. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;

/** The name of a shell. */
export type Shell = typeof shells[number];

/** Loads all commands and lists what can be completed, sorted as in the table. */
export async function readVocabulary(table: readonly CommandEntry[]): Promise<CommandWord[]> {
  return await Promise.all(table.map(async ({ name, synopsis, load }): Promise<CommandWord> => {
    const { flags, words: offers = [] } = await load();
    const flagWords = Object.values(flags).flatMap(({ spellings, isSwitch }) =>
      spellings.map((spelling) => ({ ...spelling, takesValue: !isSwitch }))
    );
    return { name, about: synopsis, flags: flagWords, offers };
  }));
}

/** The words of an offer that is neither files nor nodes. */
export function offeredWords(offers: Spelling["offers"]): readonly string[] {
  return typeof offers === "object" ? offers : [];
}
