/**
 * Forgets members that have been gone too long, and intents about members that
 * never came (gossip.md section 22.5).
 */

import { itemsPerSlice } from "../../bytes/steps.ts";
import type { Milliseconds, Timer } from "../../ports/clock.ts";
import { Ticker } from "../../ports/ticker.ts";
import type { SerfNode } from "../node.ts";
import type { MemberBook } from "./member_book.ts";

/** Looks for what to forget, again and again. */
export class Reaper {
  readonly #node: SerfNode;
  readonly #book: MemberBook;
  readonly #ticker: Ticker;
  #later: Timer | undefined;

  constructor(node: SerfNode, book: MemberBook) {
    this.#node = node;
    this.#book = book;
    this.#ticker = new Ticker(node.clock, () => node.config.reapInterval, () => this.reap());
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
    this.#later?.cancel();
  }

  /** Forgets all that is due now; of many, the rest in turns of their own. */
  reap(): void {
    const { clock, config } = this.#node;
    this.#book.recentIntents.forgetBefore(clock.now() - config.recentIntentTimeout);
    this.#forget([
      ...this.#due(this.#book.failed, config.reconnectTimeout),
      ...this.#due(this.#book.left, config.tombstoneTimeout),
    ]);
  }

  #due(names: ReadonlySet<string>, timeout: Milliseconds): string[] {
    const { clock, config } = this.#node;
    const now = clock.now();
    return [...names].filter((name) => {
      const { member, goneSince } = this.#book.get(name)!;
      return now - goneSince > (config.forgetAfter?.(member, timeout) ?? timeout);
    });
  }

  #forget(names: readonly string[]): void {
    for (const name of names.slice(0, itemsPerSlice)) {
      // Some may have come back or been erased in the turns between.
      if (!this.#book.failed.has(name) && !this.#book.left.has(name)) continue;
      this.#book.erase(name, "reaped");
    }
    const rest = names.slice(itemsPerSlice);
    if (rest.length > 0) this.#later = this.#node.clock.after(0, () => this.#forget(rest));
  }
}
