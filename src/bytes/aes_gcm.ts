/**
 * AES in GCM mode, synchronously, with keys of 128, 192 and 256 bits.
 *
 * The platform's library is loaded at the first use, because that takes longer than
 * everything else an agent without encryption imports. It does 128 and 256; of 192 it
 * has the cipher alone, so the mode is put together here.
 */

import { assert } from "../assert.ts";
import { Ghash } from "./ghash.ts";
import { bytesPerSlice, complete, type Steps } from "./steps.ts";

/** Bytes of the authentication tag behind the ciphertext. */
export const tagLength = 16;

/** Bytes of the nonce. A nonce is used once per key. */
export const nonceLength = 12;

const blockSize = 16;
const zeros = new Uint8Array(blockSize);

type Platform = typeof import("node:crypto");
type Cipher = ReturnType<Platform["createCipheriv"]>;
type Decipher = ReturnType<Platform["createDecipheriv"]>;
let platform: Platform | undefined;

/** Whether keys have this length. */
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
  if (name === "aes-192-gcm") return new Aes192Gcm(key, nonce).seal(plaintext, extra, target);

  const cipher = loadPlatform().createCipheriv(name, key, nonce);
  cipher.setAAD(extra);
  target.set(cipher.update(plaintext));
  cipher.final();
  target.set(cipher.getAuthTag(), plaintext.length);
}

/**
 * Decrypts what `sealAesGcm` made, ciphertext and tag, which must not change meanwhile.
 *
 * @returns `undefined` if the tag is wrong: another key, or tampered bytes.
 */
export function* openAesGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  extra: Uint8Array,
): Steps<Uint8Array | undefined> {
  const textLength = sealed.length - tagLength;
  if (textLength < 0) return undefined;
  const name = cipherName(key);
  if (name === "aes-192-gcm") return yield* new Aes192Gcm(key, nonce).open(sealed, extra);
  const decipher = loadPlatform().createDecipheriv(name, key, nonce);
  decipher.setAAD(extra);
  decipher.setAuthTag(sealed.subarray(textLength));
  const plaintext = yield* update(decipher, sealed.subarray(0, textLength));
  return isGenuine(decipher) ? plaintext : undefined;
}

/**
 * Decrypts the first bytes of what `sealAesGcm` made, 16 at most, and checks nothing.
 *
 * What comes out says at little cost that a key is the wrong one. That it is the
 * right one only `openAesGcm` can say, which reads everything.
 */
export function peekAesGcm(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  // The mode keeps the first block of the key stream for the tag.
  const counter = new Uint8Array(blockSize);
  counter.set(nonce);
  counter[blockSize - 1] = 2;
  const cipher = loadPlatform().createCipheriv(cipherName(key).replace("gcm", "ctr"), key, counter);
  const text = cipher.update(zeros);
  cipher.final();
  for (let i = 0; i < blockSize; i++) text[i]! ^= sealed[i] ?? 0;
  return text.subarray(0, Math.max(0, sealed.length - tagLength));
}

function isGenuine(decipher: Decipher): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
}

function* update(cipher: Cipher | Decipher, text: Uint8Array): Steps<Uint8Array> {
  if (text.length <= bytesPerSlice) {
    // Not the Buffer itself, whose `slice` would copy nothing.
    const { buffer, byteOffset, length } = cipher.update(text);
    return new Uint8Array(buffer, byteOffset, length);
  }
  const result = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += bytesPerSlice) {
    if (at > 0) yield;
    result.set(cipher.update(text.subarray(at, at + bytesPerSlice)), at);
  }
  return result;
}

/** One use of the mode with a key of 192 bits (NIST SP 800-38D, sections 7.1 and 7.2). */
class Aes192Gcm {
  readonly #cipher: Cipher;
  readonly #hash: Ghash;
  /** What covers the sum of all blocks. */
  readonly #mask: Uint8Array;

  constructor(key: Uint8Array, nonce: Uint8Array) {
    assert(nonce.length === nonceLength, "A nonce has 12 bytes");
    const { createCipheriv } = loadPlatform();
    const keyCipher = createCipheriv("aes-192-ctr", key, zeros);
    this.#hash = new Ghash(keyCipher.update(zeros));
    keyCipher.final();
    const counter = new Uint8Array(blockSize);
    counter.set(nonce);
    counter[blockSize - 1] = 1;
    this.#cipher = createCipheriv("aes-192-ctr", key, counter);
    // The first block of the key stream; those that follow are for the text.
    this.#mask = this.#cipher.update(zeros);
  }

  seal(plaintext: Uint8Array, extra: Uint8Array, target: Uint8Array): void {
    target.set(this.#cipher.update(plaintext));
    this.#cipher.final();
    const tag = complete(this.#tag(target.subarray(0, plaintext.length), extra));
    target.set(tag, plaintext.length);
  }

  *open(sealed: Uint8Array, extra: Uint8Array): Steps<Uint8Array | undefined> {
    const text = sealed.subarray(0, sealed.length - tagLength);
    const tag = yield* this.#tag(text, extra);
    // All bytes are compared, so that the time does not show how many are right.
    let difference = 0;
    for (let i = 0; i < tagLength; i++) difference |= tag[i]! ^ sealed[text.length + i]!;
    const plaintext = difference === 0 ? yield* update(this.#cipher, text) : undefined;
    this.#cipher.final();
    return plaintext;
  }

  *#tag(text: Uint8Array, extra: Uint8Array): Steps<Uint8Array> {
    this.#hash.add(extra);
    for (let at = 0; at < text.length; at += bytesPerSlice) {
      if (at > 0) yield;
      this.#hash.add(text.subarray(at, at + bytesPerSlice));
    }
    this.#hash.addLengths(extra.length, text.length);
    const tag = this.#hash.digest();
    for (let i = 0; i < tagLength; i++) tag[i]! ^= this.#mask[i]!;
    return tag;
  }
}

function cipherName(key: Uint8Array): "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm" {
  assert(isAesKeyLength(key.length), "A key has 16, 24 or 32 bytes");
  return key.length === 16 ? "aes-128-gcm" : key.length === 24 ? "aes-192-gcm" : "aes-256-gcm";
}

function loadPlatform(): Platform {
  return platform ??= process.getBuiltinModule("node:crypto");
}
