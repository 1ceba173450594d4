/**
 * MessagePack in: a bounds-checked cursor that reads one value after the other.
 *
 * It takes the old and the new string families and every integer format, as the reference does
 * (gossip.md section 6). A declared length is believed only if the bytes are there. Bytes come out
 * as views on the input: copy what you keep.
 */

import { internBytes } from "./interned_bytes.ts";
import { MsgpackError, unexpectedFormat as unexpected } from "./msgpack_error.ts";
import { MsgpackScanner } from "./msgpack_scanner.ts";
import { decodeText } from "./text.ts";

export { MsgpackError, type MsgpackErrorReason } from "./msgpack_error.ts";

const maxUint32 = 0xffff_ffff;
/** Shared, because a scan never outlives the call that starts it. */
const scanner = new MsgpackScanner();

/** Reads values from `bytes`; every method throws `MsgpackError` where the input is unfit. */
export class MsgpackReader {
  #bytes: Uint8Array;
  #position: number;
  #end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Starts over on other input, so that one reader serves many messages. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    return this;
  }

  /** Where the next value starts, counted from the start of the underlying array. */
  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  /** Takes one byte that is no MessagePack: a type byte. */
  takeByte(): number {
    if (this.#position >= this.#end) throw truncated();
    return this.#bytes[this.#position++]!;
  }

  /** Takes `length` bytes as they are, as a view. */
  takeBytes(length: number): Uint8Array {
    const start = this.#position;
    this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  takeRest(): Uint8Array {
    return this.takeBytes(this.remaining);
  }

  /** Steps over nil, if that is the next value. */
  tryNil(): boolean {
    if (this.#position >= this.#end || this.#bytes[this.#position] !== 0xc0) return false;
    this.#position++;
    return true;
  }

  /** Steps over exactly these bytes, if they are next: how an expected key is recognised. */
  tryEncoded(encoded: Uint8Array): boolean {
    const length = encoded.length;
    if (length > this.remaining) return false;
    for (let i = 0; i < length; i++) {
      if (this.#bytes[this.#position + i] !== encoded[i]) return false;
    }
    this.#position += length;
    return true;
  }

  isArrayNext(): boolean {
    if (this.#position >= this.#end) return false;
    const format = this.#bytes[this.#position]!;
    return (format & 0xf0) === 0x90 || format === 0xdc || format === 0xdd;
  }

  /** Reads the head of a map and returns its number of entries; `undefined` for nil. */
  readMapLength(): number | undefined {
    const format = this.takeByte();
    if (format === 0xc0) return undefined;
    let length: number;
    if ((format & 0xf0) === 0x80) length = format & 0x0f;
    else if (format === 0xde) length = this.#takeUint16();
    else if (format === 0xdf) length = this.#takeUint32();
    else throw unexpected("a map", format);
    if (2 * length > this.remaining) throw truncated();
    return length;
  }

  /** Reads the head of a list and returns its number of values; `undefined` for nil. */
  readArrayLength(): number | undefined {
    const format = this.takeByte();
    if (format === 0xc0) return undefined;
    return this.#arrayLength(format) ?? fail("a list", format);
  }

  /** Reads text; nil is empty. */
  readText(): string {
    const format = this.takeByte();
    if (format === 0xc0) return "";
    const length = this.#rawLength(format);
    if (length === undefined) return decodeText(this.#readByteList("text", format));
    const start = this.#position;
    this.#advance(length);
    return decodeText(this.#bytes, start, start + length);
  }

  /** Reads bytes (or the raw bytes of text) as a view; `undefined` for nil. */
  readBytes(): Uint8Array | undefined {
    const format = this.takeByte();
    if (format === 0xc0) return undefined;
    const length = this.#rawLength(format);
    return length === undefined ? this.#readByteList("bytes", format) : this.takeBytes(length);
  }

  /** Reads bytes like `readBytes`, but short ones as a shared array that stays valid. */
  readInternedBytes(): Uint8Array | undefined {
    const format = this.takeByte();
    if (format === 0xc0) return undefined;
    const length = this.#rawLength(format);
    if (length === undefined) return this.#readByteList("bytes", format);
    const start = this.#position;
    this.#advance(length);
    return internBytes(this.#bytes, start, start + length);
  }

  /** Reads an unsigned integer of any format, at most `max`; nil is 0. */
  readUint(max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#readNumber();
    if (value < 0 || value > max) throw outOfRange(value, 0, max);
    return value;
  }

  /** Reads a signed integer of any format between `min` and `max`; nil is 0. */
  readInt(
    min: number = Number.MIN_SAFE_INTEGER,
    max: number = Number.MAX_SAFE_INTEGER,
  ): number {
    const value = this.#readNumber();
    if (value < min || value > max) throw outOfRange(value, min, max);
    return value;
  }

  /** Reads an integer of any format and any 64-bit size; nil is 0. */
  readBigInt(): bigint {
    const format = this.#bytes[this.#position];
    if (this.remaining < 9 || (format !== 0xcf && format !== 0xd3)) {
      return BigInt(this.#readNumber());
    }
    this.#position++;
    const high = BigInt(this.#takeUint32());
    const value = high << 32n | BigInt(this.#takeUint32());
    return format === 0xcf ? value : BigInt.asIntN(64, value);
  }

  /** Reads true or false, also as 1 or 0; nil is false. */
  readBool(): boolean {
    const format = this.#bytes[this.#position];
    if (this.#position < this.#end && (format === 0xc2 || format === 0xc3)) {
      this.#position++;
      return format === 0xc3;
    }
    return this.readUint(1) === 1;
  }

  /** Reads a float of either size, or any integer as one; nil is 0. */
  readFloat(): number {
    const format = this.#bytes[this.#position];
    if (this.#position < this.#end && (format === 0xca || format === 0xcb)) {
      this.#position++;
      return this.#takeFloat(format);
    }
    return Number(this.readBigInt());
  }

  /** Steps over the next value, however nested it is. */
  skip(): void {
    scanner.start(this.#position, 1);
    if (!scanner.scan(this.#bytes, this.#end)) throw truncated();
    this.#position = scanner.position;
  }

  /** Takes whatever comes next without reading it, as a view. */
  takeValue(): Uint8Array {
    const start = this.#position;
    this.skip();
    return this.#bytes.subarray(start, this.#position);
  }

  /** The length that the head of text or bytes declares; `undefined` if it is another. */
  #rawLength(format: number): number | undefined {
    if ((format & 0xe0) === 0xa0) return format & 0x1f;
    switch (format) {
      case 0xc4:
      case 0xd9:
        return this.takeByte();
      case 0xc5:
      case 0xda:
        return this.#takeUint16();
      case 0xc6:
      case 0xdb:
        return this.#takeUint32();
      default:
        return undefined;
    }
  }

  #arrayLength(format: number): number | undefined {
    let length: number;
    if ((format & 0xf0) === 0x90) length = format & 0x0f;
    else if (format === 0xdc) length = this.#takeUint16();
    else if (format === 0xdd) length = this.#takeUint32();
    else return undefined;
    if (length > this.remaining) throw truncated();
    return length;
  }

  /** Parity: newer peers also take a list of small integers for text and bytes. */
  #readByteList(wanted: string, format: number): Uint8Array {
    const length = this.#arrayLength(format) ?? fail(wanted, format);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.readUint(0xff);
    return bytes;
  }

  #readNumber(): number {
    const format = this.takeByte();
    if (format < 0x80) return format;
    if (format >= 0xe0) return format - 0x100;
    switch (format) {
      case 0xc0:
        return 0;
      case 0xcc:
        return this.takeByte();
      case 0xcd:
        return this.#takeUint16();
      case 0xce:
        return this.#takeUint32();
      case 0xcf:
        return exact(this.#takeUint32(), this.#takeUint32());
      case 0xd0:
        return this.takeByte() << 24 >> 24;
      case 0xd1:
        return this.#takeUint16() << 16 >> 16;
      case 0xd2:
        return this.#takeUint32() | 0;
      case 0xd3:
        return exact(this.#takeUint32() | 0, this.#takeUint32());
      default:
        throw unexpected("an integer", format);
    }
  }

  #advance(length: number): void {
    if (length > this.#end - this.#position) throw truncated();
    this.#position += length;
  }

  #takeUint16(): number {
    const at = this.#position;
    this.#advance(2);
    return this.#bytes[at]! << 8 | this.#bytes[at + 1]!;
  }

  #takeUint32(): number {
    const at = this.#position;
    this.#advance(4);
    const bytes = this.#bytes;
    return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
  }

  #takeFloat(format: number): number {
    const size = format === 0xca ? 4 : 8;
    const at = this.#position;
    this.#advance(size);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, size);
    return size === 4 ? view.getFloat32(0) : view.getFloat64(0);
  }
}

/** The number that two halves make, if a `number` can hold it exactly. */
function exact(high: number, low: number): number {
  const value = high * (maxUint32 + 1) + low;
  if (Number.isSafeInteger(value)) return value;
  throw new MsgpackError("out-of-range", "An integer is beyond 2^53");
}

function truncated(): MsgpackError {
  return new MsgpackError("truncated", "The input ends in the middle of a value");
}

function outOfRange(value: number, min: number, max: number): MsgpackError {
  return new MsgpackError("out-of-range", `${value} is not between ${min} and ${max}`);
}

function fail(wanted: string, format: number): never {
  throw unexpected(wanted, format);
}
