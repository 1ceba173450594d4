/** The compressed envelope: another message inside, LZW-coded (gossip.md section 4.5). */

import { ByteWriter } from "../bytes/byte_writer.ts";
import { compressLzw, decompressLzw, LzwError } from "../bytes/lzw.ts";
import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { readBody } from "./message_body.ts";
import { messageType } from "./message_type.ts";
import { WireError } from "./wire_error.ts";

const keys = { algo: encodeKey("Algo"), buf: encodeKey("Buf") };

const lzw = 0;

const noBytes = new Uint8Array(0);

/** Bytes of the envelope besides the compressed ones, which have a head of at least one more. */
const envelopeLength = 2 + keys.algo.length + 1 + keys.buf.length;

/** Holds the compressed bytes until their length, which stands in front, is known. */
const scratch = new ByteWriter();
const scratchKept = 65_536;

interface Compressed {
  algorithm: number;
  bytes: Uint8Array;
}

const compressedStruct = new StructReader<Compressed>({
  Algo: (reader, compressed) => compressed.algorithm = reader.readUint(),
  Buf: (reader, compressed) => compressed.bytes = reader.readBytes() ?? noBytes,
});

/**
 * Writes `message` compressed, type byte included.
 *
 * @param limit gives up unless the whole envelope is shorter than this.
 * @returns whether anything was written.
 */
export function writeCompressed(
  writer: MsgpackWriter,
  message: Uint8Array,
  limit = Infinity,
): boolean {
  const compressor = message.length > scratchKept ? new ByteWriter() : scratch;
  compressor.reset();
  if (!compressLzw(message, compressor, limit - envelopeLength - 2)) return false;

  const start = writer.length;
  writer.writeByte(messageType.compress);
  writer.writeMapLength(2);
  writer.writeEncoded(keys.algo);
  writer.writeUint(lzw);
  writer.writeEncoded(keys.buf);
  writer.writeBytes(compressor.view());
  if (writer.length - start < limit) return true;
  writer.reset(start);
  return false;
}

/**
 * Reads the body of a compressed message and returns the message inside.
 *
 * @param limit how long the message inside may be.
 * @param buffer holds the result if that fits; otherwise an array is allocated.
 * @throws {WireError} if it cannot be decompressed, is too long, or empty.
 */
export function readCompressed(
  reader: MsgpackReader,
  limit: number,
  buffer?: Uint8Array,
): Uint8Array {
  const compressed = readBody(compressedStruct, reader, { algorithm: lzw, bytes: noBytes });
  if (compressed.algorithm !== lzw) {
    throw new WireError("compression", `Unknown compression algorithm ${compressed.algorithm}`);
  }
  const message = decompress(compressed.bytes, limit, buffer);
  if (message.length === 0) throw new WireError("empty", "The compressed message is empty");
  return message;
}

function decompress(bytes: Uint8Array, limit: number, buffer: Uint8Array | undefined): Uint8Array {
  try {
    return decompressLzw(bytes, limit, buffer);
  } catch (error) {
    if (!(error instanceof LzwError)) throw error;
    const reason = error.reason === "too-large" ? "too-large" : "compression";
    throw new WireError(reason, error.message, { cause: error });
  }
}
