/** The command line of a script: what it may say, and what becomes of a mistake. */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { errorText } from "../../src/ports/error_text.ts";

/**
 * What a flag takes, told by its default: a switch, a text, a number above zero, a list of
 * numbers, or some of these names.
 */
type Value = boolean | string | number | readonly number[] | readonly string[];

/** A default, widened to all that the flag takes. */
type Widened<Default extends Value> = Default extends boolean ? boolean
  : Default extends string ? string
  : Default extends number ? number
  : Default extends readonly number[] ? readonly number[]
  : readonly string[];

/** Ends with the status that `main` returns, or tells what it threw and ends with 2. */
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
 * @param defaults the flags, with what each is if it is not given.
 * @throws {TypeError} for a flag without a default, an argument that is none, or a wrong value.
 */
export function readArguments<const Defaults extends Readonly<Record<string, Value>>>(
  args: readonly string[],
  defaults: Defaults,
): { [Flag in keyof Defaults]: Widened<Defaults[Flag]> } {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [flag, initial] of Object.entries(defaults)) {
    options[flag] = { type: typeof initial === "boolean" ? "boolean" : "string" };
  }
  const values: Record<string, Value> = { ...defaults };
  for (const [flag, given] of Object.entries(parseArgs({ args: [...args], options }).values)) {
    values[flag] = readValue(flag, given as string | boolean, defaults[flag]!);
  }
  return values as { [Flag in keyof Defaults]: Widened<Defaults[Flag]> };
}

function readValue(flag: string, given: string | boolean, initial: Value): Value {
  if (typeof given === "boolean" || typeof initial === "string") return given;
  if (typeof initial === "number") return readNumber(flag, given, initial);
  const names = initial as readonly string[];
  const parts = given.split(",");
  if (typeof names[0] === "number") return parts.map((part) => readNumber(flag, part, names[0]!));
  const unknown = parts.find((part) => !names.includes(part));
  if (unknown !== undefined) {
    throw new TypeError(`There is no "${unknown}": --${flag} takes ${names.join(", ")}`);
  }
  return names.filter((name) => parts.includes(name));
}

function readNumber(flag: string, text: string, example: number | string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new TypeError(`--${flag} needs a whole number above zero, such as ${example || 1}`);
}
