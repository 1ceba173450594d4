/** The compressed envelope: another message inside, LZW-coded (gossip.md section 4.5). */

import { ByteWriter } from "../bytes/byte_writer.ts";
import { compressLzw, decompressLzw, LzwDecoder, LzwEncoder, LzwError } from "../bytes/lzw.ts";
import { bytes, unsigned } from "../bytes/msgpack_codec.ts";
import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { bytesPerSlice, type Steps } from "../bytes/steps.ts";
import { message } from "./message_body.ts";
import { messageType } from "./message_type.ts";
import { WireError } from "./wire_error.ts";

const lzw = 0;

const envelope = message(messageType.compress, {
  algorithm: ["Algo", unsigned(Number.MAX_SAFE_INTEGER)],
  bytes: ["Buf", bytes],
});

/** Bytes of the envelope besides the compressed ones, which have a head of at least one more. */
const envelopeLength = 1 + 1 + "_Algo".length + 1 + "_Buf".length;

/** Holds the compressed bytes until their length, which stands in front, is known. */
const scratch = new ByteWriter();

/**
 * Writes `message` compressed, type byte included, if that is shorter.
 *
 * @returns whether anything was written.
 */
export function writeIfShorter(writer: MsgpackWriter, message: Uint8Array): boolean {
  const limit = message.length;
  scratch.reset();
  if (!compressLzw(message, scratch, limit - envelopeLength - 2)) return false;

  const start = writer.length;
  envelope.write(writer, { algorithm: lzw, bytes: scratch.view() });
  if (writer.length - start < limit) return true;
  writer.reset(start);
  return false;
}

/** Writes `message` compressed, type byte included; others may compress meanwhile. */
export function* writeCompressed(writer: MsgpackWriter, message: Uint8Array): Steps<void> {
  const compressed = new ByteWriter(message.length >> 2);
  if (message.length <= bytesPerSlice) compressLzw(message, compressed);
  else {
    const encoder = new LzwEncoder();
    encoder.start(compressed);
    for (let at = 0; at < message.length; at += bytesPerSlice) {
      encoder.push(message.subarray(at, at + bytesPerSlice));
      yield;
    }
    encoder.finish();
  }
  envelope.write(writer, { algorithm: lzw, bytes: compressed.view() });
}

/**
 * Reads the body of a compressed message in a packet and returns the message inside.
 *
 * @param limit how long the message inside may be.
 * @param buffer holds the result if that fits; otherwise an array is allocated.
 * @throws {WireError} if it cannot be decompressed, is too long, or empty.
 */
export function readCompressedPart(
  reader: MsgpackReader,
  limit: number,
  buffer?: Uint8Array,
): Uint8Array {
  const bytes = readEnvelope(reader);
  try {
    return nonEmpty(decompressLzw(bytes, limit, buffer));
  } catch (error) {
    throw wireErrorOf(error);
  }
}

/** The same on a stream; others may decompress meanwhile. */
export function* readCompressed(reader: MsgpackReader, limit: number): Steps<Uint8Array> {
  const decoder = new LzwDecoder();
  decoder.start(readEnvelope(reader), limit);
  try {
    let message: Uint8Array | undefined;
    while (!(message = decoder.take(bytesPerSlice))) yield;
    return nonEmpty(message);
  } catch (error) {
    throw wireErrorOf(error);
  }
}

function readEnvelope(reader: MsgpackReader): Uint8Array {
  const { algorithm, bytes } = envelope.read(reader);
  if (algorithm === lzw) return bytes;
  throw new WireError("compression", `Unknown compression algorithm ${algorithm}`);
}

function nonEmpty(message: Uint8Array): Uint8Array {
  if (message.length === 0) throw new WireError("empty", "The compressed message is empty");
  return message;
}

function wireErrorOf(error: unknown): unknown {
  if (!(error instanceof LzwError)) return error;
  const reason = error.reason === "too-large" ? "too-large" : "compression";
  return new WireError(reason, error.message, { cause: error });
}
