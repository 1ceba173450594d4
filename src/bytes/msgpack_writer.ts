/**
 * MessagePack out.
 *
 * Gossip needs the "raw" family of the old specification, which has no bin and
 * no str8: bytes and text look alike, and old peers drop a message that uses the
 * newer forms (gossip.md section 6). The RPC protocol uses the "modern" one.
 */

import { assert } from "../assert.ts";
import { ByteWriter } from "./byte_writer.ts";
import { textLength } from "./text.ts";

/** Which formats are written for text and bytes. */
type MsgpackFamily = "raw" | "modern";

const floatBytes = new DataView(new ArrayBuffer(8));

/** Returns the encoded form of a short map key, to be written with `writeRaw`. */
export function encodeKey(name: string): Uint8Array<ArrayBuffer> {
  assert(textLength(name) < 32, `Key "${name}" is too long`);
  const writer = new MsgpackWriter("raw", 32);
  writer.writeText(name);
  return writer.copy();
}

/** Writes MessagePack values one after the other into a buffer that is reused. */
export class MsgpackWriter extends ByteWriter {
  readonly #modern: boolean;

  constructor(family: MsgpackFamily, capacity?: number) {
    super(capacity);
    this.#modern = family === "modern";
  }

  writeNil(): void {
    this.writeByte(0xc0);
  }

  writeBool(value: boolean): void {
    this.writeByte(value ? 0xc3 : 0xc2);
  }

  /** Writes an unsigned integer in its shortest form; a `number` must be a safe integer. */
  writeUint(value: number | bigint): void {
    if (typeof value === "bigint") return this.#writeBigUint(value);
    assert(Number.isSafeInteger(value) && value >= 0, `${value} is no unsigned integer`);
    if (value < 0x80) this.writeByte(value);
    else if (value <= 0xff) this.writeUint16(0xcc00 | value);
    else if (value <= 0xffff) {
      this.writeByte(0xcd);
      this.writeUint16(value);
    } else if (value <= 0xffff_ffff) {
      this.writeByte(0xce);
      this.writeUint32(value);
    } else {
      this.writeByte(0xcf);
      this.writeInt64(value);
    }
  }

  /** Writes a signed integer in its shortest form; those not negative look like unsigned ones. */
  writeInt(value: number | bigint): void {
    if (value >= 0) return this.writeUint(value);
    if (typeof value === "bigint") return this.#writeBigInt(value);
    assert(Number.isSafeInteger(value), `${value} is no integer`);
    if (value >= -0x20) this.writeByte(value);
    else if (value >= -0x80) this.writeUint16(0xd000 | value & 0xff);
    else if (value >= -0x8000) {
      this.writeByte(0xd1);
      this.writeUint16(value);
    } else if (value >= -0x8000_0000) {
      this.writeByte(0xd2);
      this.writeUint32(value);
    } else {
      this.writeByte(0xd3);
      this.writeInt64(value);
    }
  }

  /** Writes a 64-bit float, whatever the value. */
  writeFloat(value: number): void {
    floatBytes.setFloat64(0, value);
    this.writeByte(0xcb);
    this.writeUint32(floatBytes.getUint32(0));
    this.writeUint32(floatBytes.getUint32(4));
  }

  /** Writes text (see `bytes/text.ts` on what happens to odd characters). */
  writeText(text: string): void {
    const length = textLength(text);
    this.#writeTextHeader(length);
    this.writeRawText(text, length);
  }

  /** Writes bytes; `undefined` becomes nil, which is not the same as empty. */
  writeBytes(bytes: Uint8Array | undefined): void {
    if (!bytes) return this.writeNil();
    this.writeBytesHeader(bytes.length);
    this.writeRaw(bytes);
  }

  /** Begins bytes: `length` of them follow by `writeRaw` or `skip`. */
  writeBytesHeader(length: number): void {
    if (!this.#modern) this.#writeTextHeader(length);
    else if (length <= 0xff) this.writeUint16(0xc400 | length);
    else this.#writeLongHeader(0xc5, 0xc6, length);
  }

  /** Begins a map of `length` entries: that many keys and values follow. */
  writeMapLength(length: number): void {
    if (length < 16) this.writeByte(0x80 | length);
    else this.#writeLongHeader(0xde, 0xdf, length);
  }

  /** Begins a list: `length` values follow. */
  writeArrayLength(length: number): void {
    if (length < 16) this.writeByte(0x90 | length);
    else this.#writeLongHeader(0xdc, 0xdd, length);
  }

  #writeTextHeader(length: number): void {
    if (length < 32) this.writeByte(0xa0 | length);
    else if (this.#modern && length <= 0xff) this.writeUint16(0xd900 | length);
    else this.#writeLongHeader(0xda, 0xdb, length);
  }

  #writeLongHeader(format16: number, format32: number, length: number): void {
    if (length <= 0xffff) {
      this.writeByte(format16);
      this.writeUint16(length);
    } else {
      this.writeByte(format32);
      this.writeUint32(length);
    }
  }

  #writeBigUint(value: bigint): void {
    assert(value >= 0n && value < 1n << 64n, `${value} is no unsigned 64-bit integer`);
    if (value <= 0xffff_ffffn) return this.writeUint(Number(value));
    this.writeByte(0xcf);
    this.writeInt64(value);
  }

  #writeBigInt(value: bigint): void {
    assert(value >= -(1n << 63n), `${value} is no signed 64-bit integer`);
    if (value >= -0x8000_0000n) return this.writeInt(Number(value));
    this.writeByte(0xd3);
    this.writeInt64(value);
  }
}
