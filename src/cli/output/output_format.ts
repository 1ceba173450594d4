/** The flag that chooses between text and JSON. */

import { quoteGo } from "../../go/quote.ts";
import { CommandFailure } from "../command.ts";
import { textFlag } from "../flags.ts";

/** How a result can be printed. */
export const outputFormats = ["text", "json"] as const;

/** How a result is printed. */
export type OutputFormat = typeof outputFormats[number];

/** `-format` */
export const formatFlag = textFlag("format=text", "How to print the result: 'text' or 'json'.", {
  offers: outputFormats,
  initial: "text",
});

/** Returns the format of that name, or `undefined`. */
export function outputFormat(name: string): OutputFormat | undefined {
  return outputFormats.find((format) => format === name);
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
