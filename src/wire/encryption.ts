/**
 * The encrypted envelope (gossip.md section 4.3): version, nonce, ciphertext, tag.
 *
 * Version 0 pads the text to whole blocks and is read only, unless a node speaks
 * protocol version 1; version 1 does not pad.
 */

import { nonceLength, openAesGcm, sealAesGcm, tagLength } from "../bytes/aes_gcm.ts";
import type { ByteWriter } from "../bytes/byte_writer.ts";
import type { Random } from "../ports/random.ts";
import { WireError } from "./wire_error.ts";

/** How an envelope is laid out. */
export type EnvelopeVersion = 0 | 1;

const blockSize = 16;
const headLength = 1 + nonceLength;

/** Returns the version that a node speaking `protocolVersion` writes. */
export function envelopeVersion(protocolVersion: number): EnvelopeVersion {
  return protocolVersion === 1 ? 0 : 1;
}

/** Returns how long the envelope of `length` bytes is. */
export function encryptedLength(version: EnvelopeVersion, length: number): number {
  const padding = version === 0 ? blockSize - length % blockSize : 0;
  return headLength + length + padding + tagLength;
}

/** Adds the envelope of `plaintext` to `writer`; `extra` is authenticated with it. */
export function writeEncrypted(
  writer: ByteWriter,
  plaintext: Uint8Array,
  key: Uint8Array,
  extra: Uint8Array,
  version: EnvelopeVersion,
  random: Random,
): void {
  const envelope = writer.skip(encryptedLength(version, plaintext.length));
  envelope[0] = version;
  const nonce = envelope.subarray(1, headLength);
  random.fill(nonce);
  const text = version === 0 ? padded(plaintext) : plaintext;
  sealAesGcm(key, nonce, text, extra, envelope.subarray(headLength));
}

/**
 * Opens an envelope with the first key that fits.
 *
 * @param keys the primary key first.
 * @throws {WireError} if it is no envelope or no key fits.
 */
export function readEncrypted(
  envelope: Uint8Array,
  keys: readonly Uint8Array[],
  extra: Uint8Array,
): Uint8Array {
  const version = envelope[0];
  if (version === undefined) throw new WireError("empty", "cannot decrypt empty payload");
  if (version > 1) {
    throw new WireError("undecryptable", `unsupported encryption version ${version}`);
  }
  if (envelope.length < encryptedLength(version === 0 ? 0 : 1, 0)) {
    throw new WireError("truncated", `payload is too small to decrypt: ${envelope.length}`);
  }

  const nonce = envelope.subarray(1, headLength);
  const sealed = envelope.subarray(headLength);
  for (const key of keys) {
    const plaintext = openAesGcm(key, nonce, sealed, extra);
    if (plaintext) return version === 0 ? unpadded(plaintext) : plaintext;
  }
  throw new WireError("undecryptable", "no installed keys could decrypt the message");
}

function padded(plaintext: Uint8Array): Uint8Array {
  const padding = blockSize - plaintext.length % blockSize;
  const result = new Uint8Array(plaintext.length + padding).fill(padding);
  result.set(plaintext);
  return result;
}

function unpadded(plaintext: Uint8Array): Uint8Array {
  const padding = plaintext.at(-1) ?? 0;
  if (padding < 1 || padding > blockSize || padding > plaintext.length) {
    throw new WireError("undecryptable", "decrypted message is padded wrongly");
  }
  return plaintext.subarray(0, plaintext.length - padding);
}
