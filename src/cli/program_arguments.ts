/**
 * The arguments that the program was started with, byte for byte.
 *
 * The runtime hands out text and replaces bytes that are not UTF-8. A payload may be
 * any bytes, so where something was replaced the system is asked again.
 */

import { decodeText } from "../bytes/text.ts";

/** Returns the arguments; a byte that is not UTF-8 stands as its lone surrogate. */
export function programArguments(): readonly string[] {
  const args = Deno.args;
  if (!args.some((arg) => arg.includes("\ufffd"))) return args;
  try {
    return lastArguments(Deno.readFileSync("/proc/self/cmdline"), args.length);
  } catch {
    // Not every system tells; there the replacement has to do.
    return args;
  }
}

/** The last `count` arguments of a command line as Linux keeps it: each one closed by a zero byte. */
export function lastArguments(commandLine: Uint8Array, count: number): readonly string[] {
  const args = decodeText(commandLine).split("\0").slice(0, -1);
  return args.slice(args.length - count);
}
