/**
 * The encryption keys of a node (gossip.md section 17).
 *
 * The first key, the primary, seals; all of them open. That is what makes it
 * possible to change keys in a running cluster: install, use, remove.
 */

import { isAesKeyLength } from "../bytes/aes_gcm.ts";
import { done, failure, type Result, success } from "../ports/result.ts";

/** A ring holds at most this many keys: every unreadable packet is tried with each. */
export const maxKeys = 64;

/** An ordered set of keys of 16, 24 or 32 bytes. */
export class Keyring {
  #keys: readonly Uint8Array[] = [];

  /** Builds a ring; the first key becomes the primary. Fails like `add`. */
  static from(keys: Iterable<Uint8Array>): Result<Keyring> {
    const ring = new Keyring();
    for (const key of keys) {
      const result = ring.add(key);
      if (!result.ok) return result;
    }
    return success(ring);
  }

  /** All keys, the primary first. The list is replaced, never changed. */
  get keys(): readonly Uint8Array[] {
    return this.#keys;
  }

  /** The key that seals; `undefined` only while the ring is empty. */
  get primary(): Uint8Array | undefined {
    return this.#keys[0];
  }

  /** Adds a key behind the others; adding one that is there changes nothing. */
  add(key: Uint8Array): Result<void> {
    if (!isAesKeyLength(key.length)) return failure("key size must be 16, 24 or 32 bytes");
    if (this.#indexOf(key) >= 0) return done;
    if (this.#keys.length >= maxKeys) return failure(`keyring holds ${maxKeys} keys already`);
    this.#keys = [...this.#keys, key.slice()];
    return done;
  }

  /** Makes a key of the ring the primary. */
  use(key: Uint8Array): Result<void> {
    const index = this.#indexOf(key);
    if (index < 0) return failure("requested key is not in the keyring");
    const chosen = this.#keys[index]!;
    this.#keys = [chosen, ...this.#keys.filter((other) => other !== chosen)];
    return done;
  }

  /** Drops a key; dropping one that is not there changes nothing. */
  remove(key: Uint8Array): Result<void> {
    const index = this.#indexOf(key);
    if (index === 0) return failure("removing the primary key is not allowed");
    if (index > 0) this.#keys = this.#keys.filter((_, i) => i !== index);
    return done;
  }

  #indexOf(key: Uint8Array): number {
    return this.#keys.findIndex((other) => isSameKey(other, key));
  }
}

function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
