/** The flag that chooses between text and JSON. */

import { CommandFailure } from "../command.ts";
import { FlagError, parseFlags, textFlag } from "../flags.ts";
import { quoteGo } from "../../go/quote.ts";

/** How a result can be printed. */
export const outputFormats = ["text", "json"] as const;

/** How a result is printed. */
export type OutputFormat = typeof outputFormats[number];

/** `-format` */
export const formatFlag = textFlag({
  name: "format",
  hint: "=text",
  about: "How to print the result: 'text' or 'json'.",
  offers: outputFormats,
  initial: "text",
});

/** Returns the format of that name, `undefined` if there is none. */
export function outputFormat(name: string): OutputFormat | undefined {
  return name === "text" || name === "json" ? name : undefined;
}

/**
 * Returns the format of that name.
 *
 * @throws {CommandFailure} `Encoding error: Invalid output format "X"`
 */
export function requireOutputFormat(name: string): OutputFormat {
  const format = outputFormat(name);
  if (format) return format;
  throw new CommandFailure(`Encoding error: Invalid output format ${quoteGo(name)}`);
}

/**
 * Returns the format that a command's arguments ask for, where all others mean nothing.
 *
 * Parity: such a command succeeds whatever it is given.
 */
export function looseOutputFormat(args: readonly string[]): OutputFormat {
  try {
    return outputFormat(parseFlags({ format: formatFlag }, args).values.format) ?? "text";
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    return "text";
  }
}
