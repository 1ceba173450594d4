/** Runs a script's `main` as the program: what it throws is a mistake of the command line. */

import { parseArgs } from "node:util";

/** Ends with the status that `main` returns, or tells what it threw and ends with 2. */
export async function runScript(
  main: (args: readonly string[]) => Promise<number>,
): Promise<never> {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(2);
  }
}

/**
 * Reads a command line on which every flag takes a whole number above zero.
 *
 * @throws {TypeError} for a flag without a default, an argument that is none, or no number.
 */
export function readCounts<Flag extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Flag, number>>,
): Record<Flag, number> {
  const options = Object.fromEntries(
    Object.keys(defaults).map((flag) => [flag, { type: "string" as const }]),
  );
  const counts: Record<Flag, number> = { ...defaults };
  for (const [flag, text] of Object.entries(parseArgs({ args: [...args], options }).values)) {
    if (!/^[1-9]\d{0,8}$/.test(String(text))) {
      throw new TypeError(
        `--${flag} needs a whole number above zero, such as ${defaults[flag as Flag]}`,
      );
    }
    counts[flag as Flag] = Number(text);
  }
  return counts;
}
