/** Arguments of the form `key=value`. */

import { CommandFailure } from "./command.ts";

/**
 * Returns the pairs; of a key given twice the last one counts.
 *
 * @throws {CommandFailure} `Error: Invalid tag: 'TEXT'` without `=`, or with nothing before it.
 */
export function parseTagArguments(args: readonly string[]): Map<string, string> {
  const tags = new Map<string, string>();
  for (const arg of args) {
    const equals = arg.indexOf("=");
    if (equals < 1) throw new CommandFailure(`Error: Invalid tag: '${arg}'`);
    tags.set(arg.slice(0, equals), arg.slice(equals + 1));
  }
  return tags;
}
