/**
 * One message on a stream, wrapped and unwrapped (gossip.md section 5).
 *
 * From the outside to the inside: label (requests only), encryption, compression.
 * A reply carries no label, yet if it is encrypted the label is authenticated
 * with it. What comes out of `seal…` is a view on the message, or new.
 */

import { nonceLength } from "../bytes/aes_gcm.ts";
import { emptyBytes } from "../bytes/empty_bytes.ts";
import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import type { Random } from "../ports/random.ts";
import { complete, type Steps } from "../bytes/steps.ts";
import { readCompressed, writeCompressed } from "./compression.ts";
import {
  encryptedLength,
  envelopeVersion,
  judgeEncrypted,
  readEncrypted,
  writeEncrypted,
} from "./encryption.ts";
import { type Envelope, outgoingKey } from "./envelope.ts";
import { checkLabel, writeLabel } from "./label.ts";
import {
  maxStreamExpansion,
  maxStreamPayload,
  mayBeginStream,
  messageType,
} from "./message_type.ts";
import type { SeenFrames } from "./seen_frames.ts";
import { WireError } from "./wire_error.ts";

/** Bytes in front of an encrypted envelope: type and length. */
export const encryptedFrameHeader = 5;

/** Bytes of a request that `judgeRequest` needs: more than all headers take. */
export const requestStartLength = 512;

/** Bytes that are enough for what is put around a message, but for the label itself. */
const sealRoom = 64;

/** Compresses and wraps the message that the initiator sends. */
export function sealRequest(message: Uint8Array, envelope: Envelope, random: Random): Uint8Array {
  return wrapRequest(complete(shrinkMessage(message, envelope)), envelope, random);
}

/** Compresses and wraps the message that the responder sends. */
export function sealReply(message: Uint8Array, envelope: Envelope, random: Random): Uint8Array {
  return wrapReply(complete(shrinkMessage(message, envelope)), envelope, random);
}

/**
 * Compresses a message, which is the first half of sealing it, the same for everybody.
 *
 * The message must not change meanwhile; it is returned if it is not compressed.
 */
export function* shrinkMessage(message: Uint8Array, envelope: Envelope): Steps<Uint8Array> {
  if (!envelope.compression) return message;
  // What is written at once grows it to just its length, which matters where it is kept.
  const writer = new MsgpackWriter("raw", 64);
  yield* writeCompressed(writer, message);
  // Parity: on streams the compressed form is sent even where it is the longer one, but for
  // what peers would refuse for its length.
  return writer.length > maxStreamPayload - sealRoom ? message : writer.view();
}

/** Wraps what `shrinkMessage` returned for the responder. */
export function wrapRequest(content: Uint8Array, envelope: Envelope, random: Random): Uint8Array {
  return wrap(content, envelope, envelope.label, random);
}

/** Wraps what `shrinkMessage` returned for the initiator. */
export function wrapReply(content: Uint8Array, envelope: Envelope, random: Random): Uint8Array {
  return wrap(content, envelope, emptyBytes, random);
}

/**
 * Unwraps what the initiator sent, which must not change meanwhile: type byte and body.
 *
 * @param seen refuses an encrypted frame that it knows, and takes note of others.
 * @returns a view on the request, or on what was decrypted or decompressed.
 * @throws {WireError} whose message the responder may send back (section 5.7).
 */
export function* openRequest(
  request: Uint8Array,
  envelope: Envelope,
  seen?: SeenFrames,
): Steps<Uint8Array> {
  return yield* open(request.subarray(checkLabel(request, envelope)), envelope, seen);
}

/** Unwraps what the responder sent, like `openRequest`. */
export function openReply(reply: Uint8Array, envelope: Envelope): Steps<Uint8Array> {
  return open(reply, envelope);
}

/**
 * Looks at the first 512 bytes of a request that is longer.
 *
 * @throws {WireError} like `openRequest`, if that is certain already.
 */
export function judgeRequest(start: Uint8Array, envelope: Envelope): void {
  const frame = start.subarray(checkLabel(start, envelope));
  if (!checkEncryption(frame, envelope)) return;
  judgeEncrypted(frame.subarray(encryptedFrameHeader), envelope.keys, mayBeginStream);
}

function wrap(
  content: Uint8Array,
  envelope: Envelope,
  label: Uint8Array,
  random: Random,
): Uint8Array {
  const key = outgoingKey(envelope);
  if (!key && label.length === 0) return content;

  const sealer = new MsgpackWriter("raw", content.length + sealRoom + label.length);
  writeLabel(sealer, label);
  if (key) writeFrame(sealer, content, key, envelope, random);
  else sealer.writeRaw(content);
  return sealer.view();
}

function writeFrame(
  writer: MsgpackWriter,
  content: Uint8Array,
  key: Uint8Array,
  envelope: Envelope,
  random: Random,
): void {
  const version = envelopeVersion(envelope.protocolVersion);
  const start = writer.length;
  writer.writeByte(messageType.encrypt);
  writer.writeUint32(encryptedLength(version, content.length));
  const extra = authenticated(writer.view(start), envelope.label);
  writeEncrypted(writer, content, key, extra, version, random);
}

/** What is authenticated with an encrypted frame: its header, then the label. */
function authenticated(header: Uint8Array, label: Uint8Array): Uint8Array {
  const extra = new Uint8Array(encryptedFrameHeader + label.length);
  extra.set(header);
  extra.set(label, encryptedFrameHeader);
  return extra;
}

function* open(frame: Uint8Array, envelope: Envelope, seen?: SeenFrames): Steps<Uint8Array> {
  if (frame.length === 0) throw new WireError("empty", "stream holds no message");
  let message = checkEncryption(frame, envelope) ? yield* decrypted(frame, envelope, seen) : frame;
  if (message[0] === messageType.compress) {
    message = yield* readCompressed(new MsgpackReader(message, 1), maxStreamExpansion);
  }
  if (message.length === 0) throw new WireError("empty", "stream holds no message");
  return message;
}

/**
 * Returns whether a frame is encrypted.
 *
 * @throws {WireError} if it is and must not be, or the other way round.
 */
function checkEncryption(frame: Uint8Array, { keys, verifyIncoming }: Envelope): boolean {
  const isEncrypted = frame[0] === messageType.encrypt;
  if (isEncrypted && keys.length === 0) {
    throw new WireError("no-key", "remote state is encrypted and encryption is not configured");
  }
  if (!isEncrypted && keys.length > 0 && verifyIncoming) {
    throw new WireError(
      "not-encrypted",
      "encryption is configured but remote state is not encrypted",
    );
  }
  return isEncrypted;
}

function* decrypted(
  frame: Uint8Array,
  envelope: Envelope,
  seen?: SeenFrames,
): Steps<Uint8Array> {
  const length = encryptedFrameLength(frame);
  const end = encryptedFrameHeader + length;
  if (end > frame.length) throw new WireError("truncated", "encrypted frame is cut off");
  const extra = authenticated(frame.subarray(0, encryptedFrameHeader), envelope.label);
  const sealed = frame.subarray(encryptedFrameHeader, end);
  const nonce = sealed.subarray(1, 1 + nonceLength);
  refuseReplayed(nonce, seen);
  const message = yield* readEncrypted(sealed, envelope.keys, extra, mayBeginStream);
  // Another copy may have come while this one was opened.
  refuseReplayed(nonce, seen);
  seen?.add(nonce);
  return message;
}

function refuseReplayed(nonce: Uint8Array, seen?: SeenFrames): void {
  if (seen?.has(nonce)) throw new WireError("replayed", "encrypted frame was received before");
}

/**
 * Returns how long the envelope is that follows an encrypted frame's header.
 *
 * @param frame begins with the header.
 * @throws {WireError} if the header is cut off or announces more than 20 MiB.
 */
export function encryptedFrameLength(frame: Uint8Array): number {
  if (frame.length < encryptedFrameHeader) {
    throw new WireError("truncated", "encrypted frame is cut off");
  }
  const length = (frame[1]! << 24 | frame[2]! << 16 | frame[3]! << 8 | frame[4]!) >>> 0;
  if (length > maxStreamPayload) {
    throw new WireError("too-large", `encrypted frame of ${length} bytes is larger than limit`);
  }
  return length;
}
