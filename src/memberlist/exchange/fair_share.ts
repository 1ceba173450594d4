/**
 * A limit that many hosts share: where it is exceeded, the host with most makes room.
 *
 * Turning newcomers away instead would let one host keep everybody else out.
 */

/** Which guest of the host with most makes room; the newcomer may be the last. */
export type Leaver = "first" | "last";

interface Guest {
  readonly host: string;
  readonly amount: number;
}

interface Taker extends Guest {
  amount: number;
  readonly evicted: () => void;
}

interface Party {
  amount: number;
  readonly guests: Set<Taker>;
}

/** Shares a limit. One guest alone may exceed it. */
export class FairShare {
  readonly #limit: number;
  readonly #leaver: Leaver;
  readonly #parties = new Map<string, Party>();
  #amount = 0;
  #guests = 0;

  constructor(limit: number, leaver: Leaver) {
    this.#limit = limit;
    this.#leaver = leaver;
  }

  get amount(): number {
    return this.#amount;
  }

  /**
   * Takes a part.
   *
   * @param evicted runs if this guest has to make room later.
   * @returns `undefined` if there is no room.
   */
  enter(host: string, amount: number, evicted: () => void): Guest | undefined {
    const guest: Taker = { host, amount: 0, evicted };
    const party = this.#parties.get(host);
    if (party) party.guests.add(guest);
    else this.#parties.set(host, { amount: 0, guests: new Set([guest]) });
    this.#guests++;
    return this.grow(guest, amount) ? guest : undefined;
  }

  /** Takes more; false if this guest had to leave, and then `evicted` does not run. */
  grow(guest: Guest, amount: number): boolean {
    const party = this.#parties.get(guest.host);
    const taker = guest as Taker;
    if (!party?.guests.has(taker)) return false;
    taker.amount += amount;
    party.amount += amount;
    this.#amount += amount;
    while (this.#amount > this.#limit && this.#guests > 1) {
      const leaver = this.#chooseLeaver();
      this.leave(leaver);
      if (leaver === taker) return false;
      leaver.evicted();
    }
    return true;
  }

  /** Gives everything back; idempotent. */
  leave(guest: Guest): void {
    const party = this.#parties.get(guest.host);
    if (!party?.guests.delete(guest as Taker)) return;
    if (party.guests.size === 0) this.#parties.delete(guest.host);
    party.amount -= guest.amount;
    this.#amount -= guest.amount;
    this.#guests--;
  }

  #chooseLeaver(): Taker {
    const isFirst = this.#leaver === "first";
    let most: Party = { amount: -1, guests: new Set() };
    for (const party of this.#parties.values()) {
      if (isFirst ? party.amount > most.amount : party.amount >= most.amount) most = party;
    }
    const guests = [...most.guests];
    return isFirst ? guests[0]! : guests.at(-1)!;
  }
}
