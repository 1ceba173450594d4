/**
 * Flags the way Go programs read them (cli.md section 2): one or two dashes, a
 * value after `=` or in the next argument, and no flags after the first argument
 * that is none.
 *
 * Each kind of flag knows its type, so a command gets what it declared.
 */

import { quoteGo } from "../go/quote.ts";

/** A name under which a flag can be given, and how help shows it. */
export interface Spelling {
  readonly name: string;
  /** What help shows behind the name, for instance `=<regexp>`. */
  readonly hint: string;
  readonly about: string;
  /** What a shell may offer for the value: one of these words, a file, or a node's name. */
  readonly offers?: readonly string[] | "files" | "nodes";
}

/** A flag of a command. */
export interface Flag<Value> {
  /** Usually one; several when several names fill the same list. */
  readonly spellings: readonly Spelling[];
  /** Whether the flag stands alone: it then takes a value only after `=`. */
  readonly isSwitch: boolean;
  readonly initial: Value;
  /**
   * Reads a value; `before` is the one so far.
   *
   * @throws {FlagValueError} saying why it is none, in Go's words.
   */
  read(text: string, before: Value): Value;
}

/** The flags of a command, under the names that its code uses. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** The values of such flags. */
export type FlagValues<Flags extends FlagTable> = {
  readonly [Key in keyof Flags]: Flags[Key] extends Flag<infer Value> ? Value : never;
};

/** Arguments that are not what the flags say; the message is fit to print. */
export class FlagError extends Error {
  override readonly name = "FlagError";
  /** The name of a flag that does not exist, without dashes. */
  readonly unknownFlag: string | undefined;

  /** Builds an error; an empty message says that only help was asked for. */
  constructor(message: string, unknownFlag?: string) {
    super(message);
    this.unknownFlag = unknownFlag;
  }
}

/** Why a text is no value of a flag. */
export class FlagValueError extends Error {
  override readonly name = "FlagValueError";
}

/** A flag that is true when given; `-name=false` takes it back. */
export function switchFlag<Initial extends boolean | undefined>(
  spelling: Spelling & { readonly initial: Initial },
): Flag<boolean | Initial> {
  return { spellings: [spelling], isSwitch: true, initial: spelling.initial, read: readBoolean };
}

/** A flag that is false when given, and turns off what is otherwise on. */
export function invertedFlag<Initial extends boolean | undefined>(
  spelling: Spelling & { readonly initial: Initial },
): Flag<boolean | Initial> {
  return { ...switchFlag(spelling), read: (text: string) => !readBoolean(text) };
}

/** A flag with a text; the last one counts. */
export function textFlag<Initial extends string | undefined>(
  spelling: Spelling & { readonly initial: Initial },
): Flag<string | Initial> {
  return {
    spellings: [spelling],
    isSwitch: false,
    initial: spelling.initial,
    read: (text: string) => text,
  };
}

/** A flag with a whole number of at most 64 bits, in any of Go's notations. */
export function integerFlag<Initial extends number | undefined>(
  spelling: Spelling & { readonly initial: Initial },
): Flag<number | Initial> {
  return { spellings: [spelling], isSwitch: false, initial: spelling.initial, read: readInteger };
}

/** A flag that may be given again and again, under any of its names, and keeps every value. */
export function listFlag(...spellings: readonly Spelling[]): Flag<readonly string[]> {
  return {
    spellings,
    isSwitch: false,
    initial: [],
    read: (text, before) => [...before, text],
  };
}

/**
 * Reads flags off the front of `args`.
 *
 * @returns their values, and the arguments that are left.
 * @throws {FlagError} at the first mistake.
 */
export function parseFlags<Flags extends FlagTable>(
  flags: Flags,
  args: readonly string[],
): { readonly values: FlagValues<Flags>; readonly rest: readonly string[] } {
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags)) values[key] = flag.initial;

  let at = 0;
  while (at < args.length) {
    const arg = args[at] ?? "";
    if (arg.length < 2 || !arg.startsWith("-")) break;
    at++;
    if (arg === "--") break;

    const { name, value } = splitFlag(arg);
    const [key, flag] = findFlag(flags, name);
    let text = value;
    if (text === undefined && flag.isSwitch) text = "true";
    if (text === undefined && at < args.length) text = args[at++];
    if (text === undefined) throw new FlagError(`flag needs an argument: -${name}`);
    values[key] = readValue(flag, name, text, values[key]);
  }

  // Every key of the table got its initial value above, and flags put in their own type.
  return { values: values as FlagValues<Flags>, rest: args.slice(at) };
}

function splitFlag(arg: string): { name: string; value: string | undefined } {
  const body = arg.slice(arg.startsWith("--") ? 2 : 1);
  if (body.startsWith("-") || body.startsWith("=")) {
    throw new FlagError(`bad flag syntax: ${arg}`);
  }
  const equals = body.indexOf("=");
  if (equals < 0) return { name: body, value: undefined };
  return { name: body.slice(0, equals), value: body.slice(equals + 1) };
}

function findFlag(flags: FlagTable, name: string): [key: string, flag: Flag<unknown>] {
  for (const [key, flag] of Object.entries(flags)) {
    if (flag.spellings.some((spelling) => spelling.name === name)) return [key, flag];
  }
  // Help alone is found before flags are read; `-h=1` gets here and says no more than that.
  if (name === "h" || name === "help") throw new FlagError("");
  throw new FlagError(`flag provided but not defined: -${name}`, name);
}

function readValue(flag: Flag<unknown>, name: string, text: string, before: unknown): unknown {
  try {
    return flag.read(text, before);
  } catch (error) {
    if (!(error instanceof FlagValueError)) throw error;
    const what = flag.isSwitch
      ? `invalid boolean value ${quoteGo(text)} for`
      : `invalid value ${quoteGo(text)} for flag`;
    throw new FlagError(`${what} -${name}: ${error.message}`);
  }
}

function readBoolean(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new FlagValueError("parse error");
}

/** An optional sign, then digits; an underscore stands between digits or behind the base. */
const integerPattern =
  /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/;

function readInteger(text: string): number {
  const match = integerPattern.exec(text);
  if (!match) throw new FlagValueError("parse error");

  const digits = (match[2] ?? "").replaceAll("_", "");
  const isOldOctal = /^0[0-7]/.test(digits);
  const magnitude = BigInt(isOldOctal ? `0o${digits.slice(1)}` : digits);
  const value = match[1] === "-" ? -magnitude : magnitude;
  if (value !== BigInt.asIntN(64, value)) throw new FlagValueError("value out of range");
  return Number(value);
}
