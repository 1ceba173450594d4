/**
 * Forgets members that have been gone too long, and intents about members that
 * never came (gossip.md section 22.5).
 */

import type { Clock, Timer } from "../ports/clock.ts";
import type { SerfConfig } from "./config.ts";
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
  }

  /** Forgets all that is due now. */
  reap(): void {
    const { book, clock, recentIntents, settings } = this.#options;
    this.#forget(book.failed, settings.reconnectTimeout);
    this.#forget(book.left, settings.tombstoneTimeout);
    recentIntents.forgetBefore(clock.now() - settings.recentIntentTimeout);
  }

  #forget(names: ReadonlySet<string>, timeout: number): void {
    const { book, clock, settings } = this.#options;
    const now = clock.now();
    for (const name of [...names]) {
      const record = book.get(name)!;
      const patience = settings.forgetAfter?.(record.member, timeout) ?? timeout;
      if (now - record.goneSince > patience) book.erase(name, `EventMemberReap: ${name}`);
    }
  }
}
