/**
 * The encrypted envelope (gossip.md section 4.3): version, nonce, ciphertext, tag.
 *
 * Version 0 pads the text to whole blocks and is read only, unless a node speaks
 * protocol version 1; version 1 does not pad.
 */

import { nonceLength, openAesGcm, peekAesGcm, sealAesGcm, tagLength } from "../bytes/aes_gcm.ts";
import type { ByteWriter } from "../bytes/byte_writer.ts";
import type { Steps } from "../bytes/steps.ts";
import type { Random } from "../ports/random.ts";
import { WireError } from "./wire_error.ts";

/** How an envelope is laid out. */
export type EnvelopeVersion = 0 | 1;

const blockSize = 16;
const headLength = 1 + nonceLength;

/** Up to here, trying a key on an envelope takes little longer than on its beginning. */
const shortLength = 2048;

/** Whether a message may begin with these bytes: the first 16, or all if there are fewer. */
type MayBegin = (start: Uint8Array) => boolean;

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
 * Opens an envelope, which must not change meanwhile, with the first key that fits.
 *
 * A key is tried on all of it only if what it makes of the first bytes can be a
 * message: so rubbish costs little, however long it is and however many keys there are.
 *
 * @param keys the primary key first.
 * @throws {WireError} if it is no envelope or no key fits.
 */
export function* readEncrypted(
  envelope: Uint8Array,
  keys: readonly Uint8Array[],
  extra: Uint8Array,
  mayBegin: MayBegin,
): Steps<Uint8Array> {
  const { nonce, sealed } = split(envelope);
  for (const key of keys) {
    // Nearly all that is short is sealed with the primary key.
    const isLikely = sealed.length <= shortLength && key === keys[0];
    if (!isLikely && !mayBegin(peekAesGcm(key, nonce, sealed))) continue;
    const plaintext = yield* openAesGcm(key, nonce, sealed, extra);
    if (plaintext) return envelope[0] === 0 ? unpadded(plaintext) : plaintext;
  }
  throw noKeyFits();
}

/**
 * Looks at the first bytes of an envelope: 45 are enough.
 *
 * @throws {WireError} like `readEncrypted`, if that is certain already.
 */
export function judgeEncrypted(
  start: Uint8Array,
  keys: readonly Uint8Array[],
  mayBegin: MayBegin,
): void {
  const { nonce, sealed } = split(start);
  if (!keys.some((key) => mayBegin(peekAesGcm(key, nonce, sealed)))) throw noKeyFits();
}

function split(envelope: Uint8Array): { nonce: Uint8Array; sealed: Uint8Array } {
  const version = envelope[0];
  if (version === undefined) throw new WireError("empty", "cannot decrypt empty payload");
  if (version > 1) {
    throw new WireError("undecryptable", `unsupported encryption version ${version}`);
  }
  if (envelope.length < encryptedLength(version === 0 ? 0 : 1, 0)) {
    throw new WireError("truncated", `payload is too small to decrypt: ${envelope.length}`);
  }
  return { nonce: envelope.subarray(1, headLength), sealed: envelope.subarray(headLength) };
}

function noKeyFits(): WireError {
  return new WireError("undecryptable", "no installed keys could decrypt the message");
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
