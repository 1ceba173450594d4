/**
 * Intents about members that are not known yet (gossip.md section 21.1).
 *
 * Gossip arrives in any order: an intent can overtake the news that its member
 * exists. The latest one about each name is kept for a few minutes, so that the
 * member starts with the right status once it shows up.
 */

import type { Milliseconds } from "../../ports/clock.ts";
import type { LamportTime } from "../lamport_clock.ts";

/** The latest intent heard about a name. */
export interface RecentIntent {
  readonly type: "join" | "leave";
  readonly ltime: LamportTime;
  /** When it was heard, on the local clock. */
  readonly heardAt: Milliseconds;
}

/** More names than this are not remembered: the one heard longest ago makes room. */
export const maxRecentIntents = 16384;

/** Remembers the latest intent for each name. */
export class RecentIntents {
  /** Ordered by `heardAt`, because an entry that changes moves to the end. */
  readonly #intents = new Map<string, RecentIntent>();

  /** Returns what was heard last about `name`. */
  get(name: string): RecentIntent | undefined {
    return this.#intents.get(name);
  }

  /** Every entry, the one heard longest ago first. */
  entries(): Iterable<[string, RecentIntent]> {
    return this.#intents;
  }

  /**
   * Remembers an intent unless a later one, or one as late, is there, whatever its type.
   *
   * @returns whether it was news.
   */
  remember(name: string, intent: RecentIntent): boolean {
    const known = this.#intents.get(name);
    if (known && intent.ltime <= known.ltime) return false;

    this.#intents.delete(name);
    this.#intents.set(name, intent);
    if (this.#intents.size > maxRecentIntents) this.#forgetOldest();
    return true;
  }

  /** Forgets what was heard before `time`. */
  forgetBefore(time: Milliseconds): void {
    for (const [name, intent] of this.#intents) {
      if (intent.heardAt >= time) return;
      this.#intents.delete(name);
    }
  }

  #forgetOldest(): void {
    for (const name of this.#intents.keys()) {
      this.#intents.delete(name);
      return;
    }
  }
}
