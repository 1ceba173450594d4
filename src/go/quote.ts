/**
 * Text between double quotes the way Go writes it, in error messages and in the
 * debug notation of `monitor`: one line, every unprintable character escaped.
 */

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
]);

export function quoteGo(text: string): string {
  let quoted = "";
  for (const character of text) {
    if (character === '"' || character === "\\") quoted += `\\${character}`;
    else if (isPrintable(character)) quoted += character;
    else quoted += escapeGo(character);
  }
  return `"${quoted}"`;
}

/** Returns one character between single quotes, with Go's escapes. */
export function quoteGoCharacter(character: string): string {
  if (character === "'" || character === "\\") return `'\\${character}'`;
  return `'${isPrintable(character) ? character : escapeGo(character)}'`;
}

/** Returns Go's escape of one character; a lone surrogate is the byte that it stands for. */
export function escapeGo(character: string): string {
  const short = shortEscapes.get(character);
  if (short !== undefined) return short;

  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00, 2)}`;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

/** Whether Go prints a character as it is: of all blanks only the common one. */
function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
