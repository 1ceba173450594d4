/**
 * Standard padded base64 as Go reads it: line ends are skipped, and an error
 * names the byte that it is about, because keys come out of people's files.
 */

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A text that is no base64. The message is the reference's. */
export class Base64Error extends Error {
  constructor(offset: number) {
    super(`illegal base64 data at input byte ${offset}`);
    this.name = "Base64Error";
  }
}

/**
 * Decodes a text.
 *
 * @throws {Base64Error} `illegal base64 data at input byte N`.
 */
export function decodeBase64(text: string): Uint8Array {
  const input = new TextEncoder().encode(text);
  const output: number[] = [];
  let index = skipLineEnds(input, 0);
  while (index < input.length) {
    const group: number[] = [];
    while (group.length < 4) {
      // Parity: a text that stops inside a group counts as wrong that many bytes earlier.
      if (index >= input.length) throw new Base64Error(index - group.length);
      const value = digits.indexOf(String.fromCharCode(input[index]!));
      if (value < 0) break;
      group.push(value);
      index = skipLineEnds(input, index + 1);
    }
    if (group.length < 4) checkPadding(input, index, group.length);
    const bits = group.reduce((sum, value, i) => sum | value << (18 - 6 * i), 0);
    output.push(...[bits >> 16 & 255, bits >> 8 & 255, bits & 255].slice(0, group.length - 1));
    if (group.length < 4) break;
  }
  return new Uint8Array(output);
}

/** Checks that `index` starts the padding of a last group with `count` digits. */
function checkPadding(input: Uint8Array, index: number, count: number): void {
  if (!isPadding(input[index]) || count < 2) throw new Base64Error(index);
  let next = skipLineEnds(input, index + 1);
  if (count === 2) {
    if (next >= input.length) throw new Base64Error(input.length);
    if (!isPadding(input[next])) throw new Base64Error(next - 1);
    next = skipLineEnds(input, next + 1);
  }
  if (next < input.length) throw new Base64Error(next);
}

function isPadding(byte: number | undefined): boolean {
  return byte === 0x3d;
}

function skipLineEnds(input: Uint8Array, index: number): number {
  while (input[index] === 0x0a || input[index] === 0x0d) index++;
  return index;
}
