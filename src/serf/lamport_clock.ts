/** Logical time: orders events without asking anybody what time it is (gossip.md section 20). */

/** A logical time; on the wire an unsigned 64-bit integer, here one that is exact. */
export type LamportTime = number;

/** A clock that only moves forward, driven by what happens here and what is heard. */
export class LamportClock {
  #time: LamportTime = 0;

  /** The current time. */
  get time(): LamportTime {
    return this.#time;
  }

  /** Moves on by one and returns the new time. */
  increment(): LamportTime {
    return ++this.#time;
  }

  /** Moves past `seen`, so that whatever happens next is later than it. */
  witness(seen: LamportTime): void {
    if (seen >= this.#time) this.#time = seen + 1;
  }
}
