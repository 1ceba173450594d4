/**
 * Every known member, in an order that chance decides.
 *
 * Probing walks the list, so a random order with a reshuffle after each round
 * bounds the time until a dead member is noticed (SWIM, section 4.3). Only
 * `membership.ts` changes what it says about a member.
 */

import { textLength } from "../../bytes/text.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import type { Member } from "../member.ts";

/** A member to write; held by `membership.ts` alone. */
export type MutableMember = { -readonly [K in keyof Member]: Member[K] };

/**
 * Bytes that all members may take in an exchange of states.
 *
 * With the user events that are remembered they fit into the 20 MiB that peers take, even
 * where nothing can be compressed.
 */
export const maxRosterBytes = 14 * 1024 * 1024;

/** The list of members, self included once it has announced itself. */
export class Roster {
  readonly #random: Random;
  readonly #byName = new Map<string, MutableMember>();
  readonly #list: MutableMember[] = [];
  /** Those alive or suspect, by name. */
  readonly #live: MutableMember[] = [];
  #version = 0;
  #bytes = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Rises with every change that exchanges show. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#list.length;
  }

  get(name: string): MutableMember | undefined {
    return this.#byName.get(name);
  }

  members(): readonly Member[] {
    return this.#list;
  }

  /** The members alive or suspect, in the order of their names. */
  get live(): readonly Member[] {
    return this.#live;
  }

  at(index: number): Member | undefined {
    return this.#list[index];
  }

  add(member: MutableMember): void {
    this.noteState(member);
    this.#bytes += exchangedBytes(member);
    const place = this.#random.below(this.#list.length + 1);
    this.#list.push(member);
    this.#swap(place, this.#list.length - 1);
    this.#byName.set(member.name, member);
  }

  /** Whether `bytes` more, as `exchangedBytes` counts them, fit into an exchange. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= maxRosterBytes;
  }

  /** To be called after any other change of a member, with the bytes that it grew by. */
  noteChange(growth = 0): void {
    this.#version++;
    this.#bytes += growth;
  }

  /** To be called after the state of a member may have changed. */
  noteState(member: MutableMember): void {
    this.#version++;
    const place = this.placeOf(member.name);
    const isListed = this.#live[place]?.name === member.name;
    if (isGone(member) && isListed) this.#live.splice(place, 1);
    else if (!isGone(member) && !isListed) this.#live.splice(place, 0, member);
  }

  /** Forgets and returns the members gone since before `limit`, and shuffles the rest. */
  purgeAndShuffle(limit: Milliseconds): readonly Member[] {
    const isDue = (member: Member) => isGone(member) && member.stateChangedAt < limit;
    const forgotten = this.#list.filter(isDue);
    if (forgotten.length > 0) {
      this.#version++;
      const kept = this.#list.filter((member) => !isDue(member));
      for (const member of forgotten) {
        this.#byName.delete(member.name);
        this.#bytes -= exchangedBytes(member);
      }
      this.#list.length = 0;
      for (const member of kept) this.#list.push(member);
    }
    for (let i = this.#list.length - 1; i > 0; i--) this.#swap(i, this.#random.below(i + 1));
    return forgotten;
  }

  /** Picks `count` different members at random that `accept` holds for, or all if they are fewer. */
  pick(count: number, accept: (member: Member) => boolean): Member[] {
    const picked: Member[] = [];
    const size = this.#list.length;
    const moved = new Map<number, number>();
    for (let visited = 0; visited < size && picked.length < count; visited++) {
      const place = visited + this.#random.below(size - visited);
      const index = moved.get(place) ?? place;
      moved.set(place, moved.get(visited) ?? visited);
      const member = this.#list[index]!;
      if (accept(member)) picked.push(member);
    }
    return picked;
  }

  /** The place of a name among the live, or where it would be. */
  placeOf(name: string): number {
    let low = 0;
    let high = this.#live.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#live[middle]!.name < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #swap(a: number, b: number): void {
    const member = this.#list[a]!;
    this.#list[a] = this.#list[b]!;
    this.#list[b] = member;
  }
}

/**
 * How many bytes a member may take in an exchange of states, the part of Serf included.
 *
 * Its name stands there up to three times; what heads a long text adds a sixteenth.
 */
export function exchangedBytes({ name, ip, meta }: Pick<Member, "name" | "ip" | "meta">): number {
  return 76 + ip.length + Math.ceil((3 * textLength(name) + meta.length) * 17 / 16);
}

export function isGone(member: Member): boolean {
  return member.state === "dead" || member.state === "left";
}
