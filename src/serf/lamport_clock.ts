/** Logical time: orders events without asking anybody what time it is (gossip.md section 20). */

/** A logical time; on the wire an unsigned 64-bit integer, here one that is exact. */
export type LamportTime = number;

/**
 * How far a message of gossip may be ahead of the own clock.
 *
 * However long a member was asleep, its next exchange of states takes its clocks
 * along, without this limit. One forged packet, though, could push the clocks of
 * all members to where no time is left for the messages to come.
 */
export const maxLead: LamportTime = 2 ** 24;

/** A clock that only moves forward, driven by what happens here and what others say. */
export class LamportClock {
  #time: LamportTime;

  constructor(time: LamportTime = 0) {
    this.#time = time;
  }

  get time(): LamportTime {
    return this.#time;
  }

  /** Moves on by one and returns the new time. */
  increment(): LamportTime {
    return ++this.#time;
  }

  /** Whether a message of gossip may have this time. */
  isPlausible(seen: LamportTime): boolean {
    return seen - this.#time <= maxLead;
  }

  /** Moves past `seen`, so that whatever happens next is later than it. */
  witness(seen: LamportTime): void {
    if (seen >= this.#time) this.#time = seen + 1;
  }
}

/** The three logical clocks of a node (gossip.md section 20). */
export class LamportClocks {
  readonly member = new LamportClock(1);
  readonly event = new LamportClock(1);
  readonly query = new LamportClock(1);
}
