/**
 * One datagram, wrapped and unwrapped (gossip.md sections 4.1 to 4.6).
 *
 * From the outside to the inside: label, encryption, checksum, then messages,
 * which `PacketUnpacker` hands out one by one. Buffers are shared by all callers,
 * so what comes out of `sealPacket` and `openPacket` is used before the next call.
 */

import { ByteWriter } from "../bytes/byte_writer.ts";
import { crc32 } from "../bytes/crc32.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { complete } from "../bytes/steps.ts";
import type { Random } from "../ports/random.ts";
import { writeIfShorter } from "./compression.ts";
import { envelopeVersion, readEncrypted, writeEncrypted } from "./encryption.ts";
import { type Envelope, outgoingKey } from "./envelope.ts";
import { checkLabel, writeLabel } from "./label.ts";
import { mayBeginMessage, messageType } from "./message_type.ts";
import { WireError } from "./wire_error.ts";

export type { Envelope } from "./envelope.ts";

const checksumHeader = 5;

const compressor = new MsgpackWriter("raw", 2048);
const checksummer = new ByteWriter(2048);
const sealer = new ByteWriter(2048);

/** How a message is wrapped for one peer. */
interface SealOptions {
  /** Whether the peer understands checksums. */
  readonly crc: boolean;
  /** Seals in place of the primary key. */
  readonly key?: Uint8Array | undefined;
}

/**
 * Wraps a finished message for one peer.
 *
 * @returns the datagram, borrowed until the next call; the message itself if
 * nothing is wrapped around it.
 */
export function sealPacket(
  message: Uint8Array,
  envelope: Envelope,
  options: SealOptions,
  random: Random,
): Uint8Array {
  return wrapPacket(shrinkPacket(message, envelope), envelope, options, random);
}

/**
 * Compresses a finished message, which is the first half of sealing it, the same for all peers.
 *
 * @returns what to give to `wrapPacket`, borrowed until the next call; the message itself
 * if that is shorter.
 */
export function shrinkPacket(message: Uint8Array, envelope: Envelope): Uint8Array {
  if (!envelope.compression) return message;
  compressor.reset();
  return writeIfShorter(compressor, message) ? compressor.view() : message;
}

/** Wraps what `shrinkPacket` returned for one peer; else like `sealPacket`. */
export function wrapPacket(
  content: Uint8Array,
  envelope: Envelope,
  options: SealOptions,
  random: Random,
): Uint8Array {
  const packet = options.crc ? checksummed(content) : content;
  const key = options.key ?? outgoingKey(envelope);
  if (!key && envelope.label.length === 0) return packet;
  sealer.reset();
  writeLabel(sealer, envelope.label);
  if (!key) sealer.writeRaw(packet);
  else {
    const version = envelopeVersion(envelope.protocolVersion);
    writeEncrypted(sealer, packet, key, envelope.label, version, random);
  }
  return sealer.view();
}

/**
 * Unwraps a datagram down to its message, which may be compressed or compound.
 *
 * @returns a view on the datagram, or on what was decrypted.
 * @throws {WireError} if the datagram is to be dropped.
 */
export function openPacket(packet: Uint8Array, envelope: Envelope): Uint8Array {
  const start = checkLabel(packet, envelope);
  let message = start === 0 ? packet : packet.subarray(start);
  if (envelope.keys.length > 0) message = decrypted(message, envelope);
  if (message.length >= checksumHeader && message[0] === messageType.checksum) {
    message = verified(message);
  }
  if (message.length === 0) throw new WireError("empty", "Packet holds no message");
  return message;
}

function checksummed(message: Uint8Array): Uint8Array {
  checksummer.reset();
  checksummer.writeByte(messageType.checksum);
  checksummer.writeUint32(crc32(message));
  checksummer.writeRaw(message);
  return checksummer.view();
}

function verified(message: Uint8Array): Uint8Array {
  const stated = (message[1]! << 24 | message[2]! << 16 | message[3]! << 8 | message[4]!) >>> 0;
  if (crc32(message, checksumHeader) !== stated) {
    throw new WireError("checksum", "Packet has a wrong checksum");
  }
  return message.subarray(checksumHeader);
}

function decrypted(message: Uint8Array, envelope: Envelope): Uint8Array {
  try {
    return complete(readEncrypted(message, envelope.keys, envelope.label, mayBeginMessage));
  } catch (error) {
    // While encryption is being rolled out some peers still send in clear.
    if (envelope.verifyIncoming || !(error instanceof WireError)) throw error;
    return message;
  }
}
