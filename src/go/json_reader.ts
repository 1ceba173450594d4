/**
 * Reads JSON as the reference does: errors have the reference's words (agent.md section 5.6) and
 * the place.
 *
 * Only the grammar is walked here; the value itself comes from the platform's own parser, which
 * then cannot fail any more.
 */

import { quoteGoCharacter } from "./quote.ts";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };

/** Nesting deeper than this is refused. */
const maxDepth = 1000;

/** Why a text is no JSON, in the reference's words. */
class JsonSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JsonSyntaxError";
  }
}

/**
 * Reads the first JSON value of `bytes`.
 *
 * @throws {JsonSyntaxError} `EOF` if there is none, `unexpected EOF` if it is cut
 * short, otherwise for instance
 * `invalid character '}' looking for beginning of value (line 2, column 7)`.
 */
export function readFirstJson(bytes: Uint8Array): JsonValue {
  const scanner = new Scanner(bytes, "unexpected EOF");
  if (scanner.atEnd()) throw new JsonSyntaxError("EOF");
  scanner.value();
  return scanner.parsed();
}

/**
 * Reads `bytes` as one JSON value and nothing else.
 *
 * @throws {JsonSyntaxError} `unexpected end of JSON input`, or as above.
 */
export function readOnlyJson(bytes: Uint8Array): JsonValue {
  const scanner = new Scanner(bytes, "unexpected end of JSON input");
  scanner.value();
  const value = scanner.parsed();
  if (!scanner.atEnd()) throw scanner.unexpected("after top-level value");
  return value;
}

/** Returns a text; null is an empty one. @throws {Error} {@linkcode cannotUnmarshal} otherwise. */
export function readString(value: JsonValue): string {
  if (value !== null && typeof value !== "string") throw cannotUnmarshal(value, "string");
  return value ?? "";
}

/** Tells that a value is of another type than `type`, in the words of the reference's decoder. */
export function cannotUnmarshal(value: JsonValue, type: string): Error {
  const kind = typeof value === "boolean" ? "bool" : Array.isArray(value) ? "array" : typeof value;
  return new Error(`json: cannot unmarshal ${kind} into Go value of type ${type}`);
}

const digits = /\d+/y;
const wholeDigits = /0|[1-9]\d*/y;
// deno-lint-ignore no-control-regex -- control characters end a valid string
const stringStart = /"(?:[^"\\\x00-\x1f]|\\(?:["\\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

class Scanner {
  readonly #bytes: Uint8Array;
  /** With one character for each byte. */
  readonly #text: string;
  readonly #cutShort: string;
  #at = 0;

  constructor(bytes: Uint8Array, cutShort: string) {
    this.#bytes = bytes;
    this.#text = new TextDecoder("latin1").decode(bytes);
    this.#cutShort = cutShort;
  }

  /** Skips blanks; whether nothing follows them. */
  atEnd(): boolean {
    this.#take(/[ \t\n\r]+/y);
    return this.#at >= this.#text.length;
  }

  /** The value scanned so far, which began the text. */
  parsed(): JsonValue {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return JSON.parse(decoder.decode(this.#bytes.subarray(0, this.#at)));
  }

  value(depth = 0): void {
    if (depth > maxDepth) throw new JsonSyntaxError("exceeded max depth");
    switch (this.#next()) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#literal("true");
      case "f":
        return this.#literal("false");
      case "n":
        return this.#literal("null");
    }
    if (!/[-\d]/.test(this.#next())) throw this.unexpected("looking for beginning of value");
    this.#number();
  }

  unexpected(where: string): JsonSyntaxError {
    const lines = this.#text.slice(0, this.#at).split("\n");
    const character = quoteGoCharacter(String.fromCharCode(this.#bytes[this.#at] ?? 0));
    const place = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
    return new JsonSyntaxError(`invalid character ${character} ${where} (${place})`);
  }

  #object(depth: number): void {
    this.#at++;
    if (this.#next() === "}") return this.#skip();
    do {
      if (this.#next() !== '"') {
        throw this.unexpected("looking for beginning of object key string");
      }
      this.#string();
      if (this.#next() !== ":") throw this.unexpected("after object key");
      this.#at++;
      this.value(depth + 1);
    } while (this.#goesOn("}", "after object key:value pair"));
  }

  #array(depth: number): void {
    this.#at++;
    if (this.#next() === "]") return this.#skip();
    do this.value(depth + 1); while (this.#goesOn("]", "after array element"));
  }

  /** Takes a comma, after which another element follows, or the end. */
  #goesOn(end: string, where: string): boolean {
    const character = this.#next();
    if (character !== "," && character !== end) throw this.unexpected(where);
    this.#at++;
    return character === ",";
  }

  #string(): void {
    this.#take(stringStart);
    const character = this.#character();
    if (character === '"') return this.#skip();
    if (character !== "\\") throw this.unexpected("in string literal");
    this.#at++;
    if (this.#character() !== "u") throw this.unexpected("in string escape code");
    this.#take(/u[0-9a-fA-F]*/y);
    this.#character();
    throw this.unexpected("in \\u hexadecimal character escape");
  }

  #literal(word: string): void {
    for (const letter of word) {
      if (this.#character() !== letter) {
        throw this.unexpected(`in literal ${word} (expecting '${letter}')`);
      }
      this.#at++;
    }
  }

  #number(): void {
    this.#take(/-/y);
    this.#digits("in numeric literal", wholeDigits);
    if (this.#take(/\./y)) this.#digits("after decimal point in numeric literal");
    if (!this.#take(/[eE]/y)) return;
    this.#take(/[+-]/y);
    this.#digits("in exponent of numeric literal");
  }

  #digits(where: string, pattern: RegExp = digits): void {
    this.#character();
    if (!this.#take(pattern)) throw this.unexpected(where);
  }

  #skip(): void {
    this.#at++;
  }

  /** Takes what matches a sticky pattern; whether anything did. */
  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const isMatch = pattern.test(this.#text);
    if (isMatch) this.#at = pattern.lastIndex;
    return isMatch;
  }

  /** The next character that is not blank; it is not taken. */
  #next(): string {
    if (this.atEnd()) throw new JsonSyntaxError(this.#cutShort);
    return this.#character();
  }

  #character(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new JsonSyntaxError(this.#cutShort);
    return character;
  }
}
