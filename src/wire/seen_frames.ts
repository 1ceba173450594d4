/**
 * Remembers the encrypted stream frames that were opened.
 *
 * Honest peers seal each with a nonce of its own. An attacker without the key could send a
 * recorded frame again, and have it opened, believed and answered.
 */

/** Most frames remembered: the oldest makes room. */
export const maxSeenFrames = 65_536;

export class SeenFrames {
  readonly #frames = new Set<number>();

  has(nonce: Uint8Array): boolean {
    return this.#frames.has(numberOf(nonce));
  }

  add(nonce: Uint8Array): void {
    this.#frames.add(numberOf(nonce));
    if (this.#frames.size <= maxSeenFrames) return;
    for (const oldest of this.#frames) {
      this.#frames.delete(oldest);
      return;
    }
  }
}

/** Six random bytes are enough to tell that many frames apart. */
function numberOf(nonce: Uint8Array): number {
  let number = 0;
  for (let i = 0; i < 6; i++) number = 256 * number + nonce[i]!;
  return number;
}
