/** The flag that chooses between text and JSON. */

import { CommandFailure } from "./command.ts";
import { textFlag } from "./flags.ts";
import { quoteGo } from "../agent/go_quote.ts";

/** How a result is printed. */
export type OutputFormat = "text" | "json";

/** `-format` */
export const formatFlag = textFlag({
  name: "format",
  hint: "=text",
  about: "How to print the result: 'text' or 'json'.",
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
