/**
 * Forgets members that have been gone too long, and intents about members that
 * never came (gossip.md section 22.5).
 */

import { membersPerSlice } from "../../bytes/steps.ts";
import type { Clock, Timer } from "../../ports/clock.ts";
import type { SerfConfig } from "../config.ts";
import type { MemberBook } from "./member_book.ts";
import type { RecentIntents } from "./recent_intents.ts";

/** The settings that a reaper follows. */
export type ReaperSettings = Pick<
  SerfConfig,
  "reapInterval" | "reconnectTimeout" | "tombstoneTimeout" | "recentIntentTimeout" | "forgetAfter"
>;

/** What a reaper works with. */
export interface ReaperOptions {
  readonly clock: Clock;
  readonly settings: ReaperSettings;
  readonly book: MemberBook;
  readonly recentIntents: RecentIntents;
}

/** Looks for what to forget, again and again. */
export class Reaper {
  readonly #options: ReaperOptions;
  #timer: Timer | undefined;
  #later: Timer | undefined;

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, settings } = this.#options;
    this.#timer = clock.after(settings.reapInterval, () => {
      this.reap();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#later?.cancel();
  }

  /** Forgets all that is due now; of many, the rest in turns of their own. */
  reap(): void {
    const { book, clock, recentIntents, settings } = this.#options;
    recentIntents.forgetBefore(clock.now() - settings.recentIntentTimeout);
    const due = [
      ...this.#due(book.failed, settings.reconnectTimeout),
      ...this.#due(book.left, settings.tombstoneTimeout),
    ];
    this.#forget(due);
  }

  #due(names: ReadonlySet<string>, timeout: number): string[] {
    const { book, clock, settings } = this.#options;
    const now = clock.now();
    return [...names].filter((name) => {
      const record = book.get(name)!;
      const patience = settings.forgetAfter?.(record.member, timeout) ?? timeout;
      return now - record.goneSince > patience;
    });
  }

  #forget(names: readonly string[]): void {
    const { book, clock } = this.#options;
    for (const name of names.slice(0, membersPerSlice)) {
      // Somebody may have come back or been erased in the turns between.
      if (!book.failed.has(name) && !book.left.has(name)) continue;
      book.erase(name, `EventMemberReap: ${name}`);
    }
    const rest = names.slice(membersPerSlice);
    if (rest.length > 0) this.#later = clock.after(0, () => this.#forget(rest));
  }
}
