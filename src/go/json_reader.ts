/**
 * Reads one JSON value the way the reference does: bytes after it do not matter,
 * and what is wrong is told in the reference's words (agent.md section 5.6), with
 * the place.
 *
 * Only the grammar is walked here, byte by byte; the value itself comes from the
 * platform's own parser, which then cannot fail any more.
 */

/** What a JSON text can hold. */
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
export class JsonSyntaxError extends Error {
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

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #cutShort: string;
  #at = 0;

  constructor(bytes: Uint8Array, cutShort: string) {
    this.#bytes = bytes;
    this.#cutShort = cutShort;
  }

  /** Skips blanks and tells whether nothing follows them. */
  atEnd(): boolean {
    while (isBlank(this.#bytes[this.#at])) this.#at++;
    return this.#at >= this.#bytes.length;
  }

  /** The value scanned so far, which began the text. */
  parsed(): JsonValue {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      this.#bytes.subarray(0, this.#at),
    );
    return JSON.parse(text);
  }

  value(depth = 0): void {
    if (depth > maxDepth) throw new JsonSyntaxError("exceeded max depth");
    const byte = this.#next();
    switch (String.fromCharCode(byte)) {
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
      case "-":
        return this.#number(true);
      default:
        if (isDigit(byte)) return this.#number(false);
        throw this.unexpected("looking for beginning of value");
    }
  }

  unexpected(where: string): JsonSyntaxError {
    const before = this.#bytes.subarray(0, this.#at);
    const line = before.filter((byte) => byte === code("\n")).length + 1;
    const column = this.#at - before.lastIndexOf(code("\n"));
    const character = quote(this.#bytes[this.#at] ?? 0);
    return new JsonSyntaxError(
      `invalid character ${character} ${where} (line ${line}, column ${column})`,
    );
  }

  #object(depth: number): void {
    this.#at++;
    if (this.#next() === code("}")) return this.#skip();
    while (true) {
      if (this.#next() !== code('"')) {
        throw this.unexpected("looking for beginning of object key string");
      }
      this.#string();
      if (this.#next() !== code(":")) throw this.unexpected("after object key");
      this.#at++;
      this.value(depth + 1);
      const byte = this.#next();
      if (byte === code("}")) return this.#skip();
      if (byte !== code(",")) throw this.unexpected("after object key:value pair");
      this.#at++;
    }
  }

  #array(depth: number): void {
    this.#at++;
    if (this.#next() === code("]")) return this.#skip();
    while (true) {
      this.value(depth + 1);
      const byte = this.#next();
      if (byte === code("]")) return this.#skip();
      if (byte !== code(",")) throw this.unexpected("after array element");
      this.#at++;
    }
  }

  #string(): void {
    this.#at++;
    while (true) {
      const byte = this.#byte();
      if (byte < 0x20) throw this.unexpected("in string literal");
      this.#at++;
      if (byte === code('"')) return;
      if (byte === code("\\")) this.#escape();
    }
  }

  #escape(): void {
    const byte = this.#byte();
    if (!'bfnrt\\/"u'.includes(String.fromCharCode(byte))) {
      throw this.unexpected("in string escape code");
    }
    this.#at++;
    if (byte !== code("u")) return;
    for (let i = 0; i < 4; i++) {
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(this.#byte()))) {
        throw this.unexpected("in \\u hexadecimal character escape");
      }
      this.#at++;
    }
  }

  #literal(word: string): void {
    for (const [i, letter] of [...word].entries()) {
      if (this.#byte() !== code(letter)) {
        throw this.unexpected(`in literal ${word} (expecting '${word[i]}')`);
      }
      this.#at++;
    }
  }

  #number(negative: boolean): void {
    if (negative) {
      this.#at++;
      if (!isDigit(this.#byte())) throw this.unexpected("in numeric literal");
    }
    if (this.#byte() === code("0")) this.#at++;
    else this.#digits();
    if (this.#bytes[this.#at] === code(".")) {
      this.#at++;
      if (!isDigit(this.#byte())) {
        throw this.unexpected("after decimal point in numeric literal");
      }
      this.#digits();
    }
    const exponent = this.#bytes[this.#at];
    if (exponent === code("e") || exponent === code("E")) {
      this.#at++;
      const sign = this.#byte();
      if (sign === code("+") || sign === code("-")) this.#at++;
      if (!isDigit(this.#byte())) throw this.unexpected("in exponent of numeric literal");
      this.#digits();
    }
  }

  #digits(): void {
    while (isDigit(this.#bytes[this.#at])) this.#at++;
  }

  #skip(): void {
    this.#at++;
  }

  /** The next byte that is no blank; it is not taken. */
  #next(): number {
    if (this.atEnd()) throw new JsonSyntaxError(this.#cutShort);
    return this.#byte();
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new JsonSyntaxError(this.#cutShort);
    return byte;
  }
}

function code(character: string): number {
  return character.charCodeAt(0);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Prints one byte as a quoted character; bytes above ASCII read as Latin-1. */
function quote(byte: number): string {
  const escapes: Record<number, string> = {
    7: "\\a",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
    39: "\\'",
    92: "\\\\",
  };
  const escape = escapes[byte];
  if (escape !== undefined) return `'${escape}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, "0")}'`;
  if (byte >= 0x80 && byte <= 0xa0 || byte === 0xad) {
    return `'\\u${byte.toString(16).padStart(4, "0")}'`;
  }
  return `'${String.fromCharCode(byte)}'`;
}
