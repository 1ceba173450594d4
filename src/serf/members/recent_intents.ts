/**
 * Intents about members that are not known yet (gossip.md section 21.1).
 *
 * Gossip arrives in any order: an intent can overtake the news that its member exists. The
 * latest about each name is kept, so that the member starts with the right status.
 */

import type { Milliseconds } from "../../ports/clock.ts";
import type { LamportTime } from "../lamport_clock.ts";

/** The latest intent about a name. */
export interface RecentIntent {
  readonly type: "join" | "leave";
  readonly ltime: LamportTime;
  /** When it came, on the local clock. */
  readonly heardAt: Milliseconds;
}

/** More names than this are not remembered: the oldest makes room. */
export const maxRecentIntents = 16384;

/** Remembers the latest intent for each name. */
export class RecentIntents {
  /** Ordered by `heardAt`, because an entry that changes moves to the end. */
  readonly #intents = new Map<string, RecentIntent>();

  /** Returns the latest intent about `name`. */
  get(name: string): RecentIntent | undefined {
    return this.#intents.get(name);
  }

  /** Every entry, the oldest first. */
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
    if (this.#intents.size > maxRecentIntents) {
      const [oldest] = this.#intents.keys();
      this.#intents.delete(oldest!);
    }
    return true;
  }

  /** Forgets what came before `time`. */
  forgetBefore(time: Milliseconds): void {
    for (const [name, intent] of this.#intents) {
      if (intent.heardAt >= time) return;
      this.#intents.delete(name);
    }
  }
}
