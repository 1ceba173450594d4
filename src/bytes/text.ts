/**
 * Text as it travels: a byte string that is usually UTF-8, but need not be.
 *
 * Decoding loses nothing: a byte 0xNN that is not part of valid UTF-8 becomes the lone surrogate
 * U+DCNN, which encoding turns back into that byte. Short ASCII strings (names, keys) are interned:
 * decoding one again allocates nothing. A full table of them holds 512 KiB of text.
 */

import { addToHash, slotCount, slotOf } from "./slot_hash.ts";

/** Strings of at most this many bytes are interned. */
const internedLength = 64;
/** From here on the platform's codec is faster than a loop. */
const longText = 128;

const interned: string[] = new Array(slotCount).fill("");
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Returns the text that `bytes` from `start` to `end` hold. Never fails. */
export function decodeText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  const length = end - start;
  if (length === 0) return "";
  if (length > internedLength) return decodeLong(bytes, start, end);

  let hash = length;
  let seen = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    hash = addToHash(hash, byte);
    seen |= byte;
  }
  if (seen > 0x7f) return decodeUtf8(bytes, start, end);

  const slot = slotOf(hash);
  const latest = interned[slot]!;
  if (isSame(latest, bytes, start, length)) return latest;
  const earlier = interned[slot + 1]!;
  if (isSame(earlier, bytes, start, length)) return earlier;
  const text = decodeAscii(bytes, start, end);
  interned[slot + 1] = latest;
  interned[slot] = text;
  return text;
}

/** Returns the bytes of `text`. A lone surrogate that stands for no byte becomes U+FFFD. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(textLength(text));
  encodeTextInto(text, bytes, 0);
  return bytes;
}

/** Returns how many bytes `text` takes when encoded. */
export function textLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (isPair(text, i)) {
      length += 2;
      i++;
    } else if (!isEscapedByte(unit)) length += 2;
  }
  return length;
}

/**
 * Encodes `text` into `target` from `at` on, where `textLength(text)` bytes must be free.
 *
 * @returns the position behind the last byte.
 */
export function encodeTextInto(text: string, target: Uint8Array, at: number): number {
  if (text.length >= longText && text.isWellFormed()) {
    return at + encoder.encodeInto(text, target.subarray(at)).written;
  }
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i);
    if (unit < 0x80) {
      target[at++] = unit;
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | unit >> 6;
      target[at++] = 0x80 | unit & 0x3f;
    } else if (isPair(text, i)) {
      const point = 0x10000 + ((unit - 0xd800) << 10) + text.charCodeAt(++i) - 0xdc00;
      target[at++] = 0xf0 | point >> 18;
      target[at++] = 0x80 | point >> 12 & 0x3f;
      target[at++] = 0x80 | point >> 6 & 0x3f;
      target[at++] = 0x80 | point & 0x3f;
    } else if (isEscapedByte(unit)) {
      target[at++] = unit & 0xff;
    } else {
      if (isSurrogate(unit)) unit = 0xfffd;
      target[at++] = 0xe0 | unit >> 12;
      target[at++] = 0x80 | unit >> 6 & 0x3f;
      target[at++] = 0x80 | unit & 0x3f;
    }
  }
  return at;
}

function isSame(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

function decodeAscii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode.apply(undefined, bytes.subarray(start, end) as unknown as number[]);
}

function decodeLong(bytes: Uint8Array, start: number, end: number): string {
  try {
    return strictDecoder.decode(bytes.subarray(start, end));
  } catch {
    return decodeUtf8(bytes, start, end);
  }
}

/** Decodes UTF-8 strictly, byte by byte; what is invalid is kept as lone surrogates. */
function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  while (at < end) {
    const length = sequenceLength(bytes, at, end);
    text += length === 0
      ? String.fromCharCode(0xdc00 | bytes[at]!)
      : String.fromCodePoint(codePoint(bytes, at, length));
    at += length || 1;
  }
  return text;
}

/** The length of the valid sequence that starts at `at`; 0 if it is invalid. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;

  // The second byte also excludes overlong forms, surrogates and what lies above U+10FFFF.
  const second = bytes[at + 1]!;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
  return length;
}

function codePoint(bytes: Uint8Array, at: number, length: number): number {
  if (length === 1) return bytes[at]!;
  let point = bytes[at]! & (0x7f >> length);
  for (let i = 1; i < length; i++) point = point << 6 | bytes[at + i]! & 0x3f;
  return point;
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

function isEscapedByte(unit: number): boolean {
  return unit >= 0xdc80 && unit <= 0xdcff;
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800;
}
