/** The history of a node as a loop: what was kept and, if wanted, what happens then. */

import { type Cursor, parseCursor } from "../../history/cursor.ts";
import type { History } from "../../history/history.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import { RequestError } from "../errors.ts";
import { describeEntry, type HistoryItem } from "./history_item.ts";
import type { WaitOptions } from "../waiting.ts";

/** Records are read so many at a time. */
const pageLength = 256;

/** Where to begin, and whether to go on. */
export interface ReadHistoryOptions extends WaitOptions {
  /**
   * The cursor of the record that was read last, or an age in milliseconds.
   * @default {all that is kept}
   */
  readonly since?: string | Milliseconds;
  /**
   * Whether the loop goes on with what happens, until the node ends or `signal` aborts.
   * @default {false}
   */
  readonly follow?: boolean;
}

/** What a node keeps of what happened. */
export class SerfHistory {
  readonly #history: History;
  readonly #ended: AbortSignal;

  /** For `Serf` only: `ended` aborts when the node ends. */
  constructor(history: History, ended: AbortSignal) {
    this.#history = history;
    this.#ended = ended;
  }

  /**
   * Returns a loop over what happened, in the order in which the node heard of it.
   *
   * Where something is missing there is a `gap`, which says why. A slow loop misses nothing
   * but what the history had to drop meanwhile.
   *
   * @throws {RequestError} if `since` is a text, but no cursor.
   */
  async *read(options: ReadHistoryOptions = {}): AsyncGenerator<HistoryItem, void> {
    const { follow = false, signal } = options;
    const ending = AbortSignal.any(signal ? [signal, this.#ended] : [this.#ended]);
    let cursor = this.#placeOf(options.since);
    while (!signal?.aborted) {
      const page = this.#history.read(cursor, pageLength);
      for (const entry of page.entries) {
        yield describeEntry(entry);
        if (signal?.aborted) return;
      }
      cursor = page.cursor;
      if (page.entries.length > 0) continue;
      if (!follow || ending.aborted) return;
      await this.#nextRecord(ending);
    }
  }

  #placeOf(since: string | Milliseconds | undefined): Cursor {
    if (since === undefined) return this.#history.start;
    if (typeof since === "number") return this.#history.placeAt(Date.now() - since);
    const cursor = parseCursor(since);
    if (!cursor) throw new RequestError("Cannot read the history: that is no cursor");
    return cursor;
  }

  #nextRecord(ending: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const stop = () => {
        unfollow();
        ending.removeEventListener("abort", stop);
        resolve();
      };
      const unfollow = this.#history.onAppend(stop);
      ending.addEventListener("abort", stop);
    });
  }
}
