/**
 * AES in GCM mode, synchronously, with keys of 128, 192 and 256 bits.
 *
 * The platform does 128 and 256; its library is loaded at the first use, because
 * that takes longer than everything else an agent without encryption imports.
 * The platform has no 192, which a pure implementation covers.
 */

import { gcm } from "@noble/ciphers/aes.js";
import { assert } from "../assert.ts";

/** Bytes of the authentication tag behind the ciphertext. */
export const tagLength = 16;

/** Bytes of the nonce. A nonce is used once per key. */
export const nonceLength = 12;

type Platform = typeof import("node:crypto");
let platform: Platform | undefined;

/** Whether a key of so many bytes exists. */
export function isAesKeyLength(length: number): boolean {
  return length === 16 || length === 24 || length === 32;
}

/**
 * Encrypts `plaintext` and authenticates it together with `extra`.
 *
 * @param target takes the ciphertext and the tag: 16 bytes more than the plaintext.
 */
export function sealAesGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  extra: Uint8Array,
  target: Uint8Array,
): void {
  assert(target.length === plaintext.length + tagLength, "The target fits ciphertext and tag");
  const name = cipherName(key);
  if (name === "aes-192-gcm") return target.set(gcm(key, nonce, extra).encrypt(plaintext));

  const cipher = loadPlatform().createCipheriv(name, key, nonce);
  cipher.setAAD(extra);
  target.set(cipher.update(plaintext));
  cipher.final();
  target.set(cipher.getAuthTag(), plaintext.length);
}

/**
 * Decrypts what `sealAesGcm` made, ciphertext and tag.
 *
 * @returns `undefined` if the tag is wrong: another key, or tampered bytes.
 */
export function openAesGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  extra: Uint8Array,
): Uint8Array | undefined {
  const textLength = sealed.length - tagLength;
  if (textLength < 0) return undefined;
  const name = cipherName(key);
  const { createDecipheriv } = loadPlatform();
  try {
    if (name === "aes-192-gcm") return gcm(key, nonce, extra).decrypt(sealed);
    const decipher = createDecipheriv(name, key, nonce);
    decipher.setAAD(extra);
    decipher.setAuthTag(sealed.subarray(textLength));
    const plaintext = decipher.update(sealed.subarray(0, textLength));
    decipher.final();
    // A Buffer's `slice` copies nothing; whoever gets this counts on a copy.
    return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
  } catch {
    return undefined;
  }
}

function cipherName(key: Uint8Array): "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm" {
  assert(isAesKeyLength(key.length), "A key has 16, 24 or 32 bytes");
  return key.length === 16 ? "aes-128-gcm" : key.length === 24 ? "aes-192-gcm" : "aes-256-gcm";
}

function loadPlatform(): Platform {
  return platform ??= process.getBuiltinModule("node:crypto");
}
