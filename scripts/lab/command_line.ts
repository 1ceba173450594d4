/** The command line of a script. */

import { errorText } from "../../src/ports/error_text.ts";
import { parseArgs } from "node:util";

/** Ends with the status that `main` returns, or prints what it threw and ends with 2. */
export async function runScript(
  main: (args: readonly string[]) => number | Promise<number>,
): Promise<never> {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(errorText(error));
    Deno.exit(2);
  }
}

/**
 * Reads a command line.
 *
 * @param defaults the flags with their defaults, which tell what each takes: a switch, a text, a
 *   number above zero, a list of such numbers, or some of these names.
 * @throws {TypeError} for an unknown flag, an argument that is no flag, or a wrong value.
 */
export function readArguments<Defaults extends object>(
  args: readonly string[],
  defaults: Defaults,
): Defaults {
  const initial = new Map<string, unknown>(Object.entries(defaults));
  const options = Object.fromEntries([...initial].map(([flag, value]) => [
    flag,
    { type: typeof value === "boolean" ? "boolean" as const : "string" as const },
  ]));
  const given = Object.entries(parseArgs({ args: [...args], options }).values)
    .map(([flag, text]) => [flag, readValue(flag, text, initial.get(flag))]);
  return { ...defaults, ...Object.fromEntries(given) };
}

function readValue(flag: string, given: unknown, initial: unknown): unknown {
  if (typeof given !== "string" || typeof initial === "string") return given;
  if (!Array.isArray(initial)) return readNumber(flag, given, initial);
  const parts = given.split(",");
  if (typeof initial[0] === "number") {
    return parts.map((part) => readNumber(flag, part, initial[0]));
  }
  const unknown = parts.find((part) => !initial.includes(part));
  if (unknown !== undefined) {
    throw new TypeError(`There is no "${unknown}": --${flag} takes ${initial.join(", ")}`);
  }
  return initial.filter((name) => parts.includes(name));
}

function readNumber(flag: string, text: string, example: unknown): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new TypeError(`--${flag} needs a whole number above zero, such as ${example || 1}`);
}
