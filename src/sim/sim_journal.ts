/**
 * A journal in memory that outlives the node which writes it.
 *
 * As on a real host, what was appended lately is not on the disk yet: a crash
 * loses a tail of it, never the start.
 */

import { textLength } from "../bytes/text.ts";
import type { Journal } from "../ports/journal.ts";

/** A `Journal` for one node and all its lives. */
export class SimJournal implements Journal {
  #found: readonly string[] = [];
  #written: string[] = [];
  #size = 0;
  /** How many lines are safe from a crash. */
  #synced = 0;

  /** What the present life of the node found. */
  get lines(): readonly string[] {
    return this.#found;
  }

  /** Everything written so far. */
  get content(): readonly string[] {
    return this.#written;
  }

  get size(): number {
    return this.#size;
  }

  append(line: string): void {
    this.#written.push(line);
    this.#size += sizeOf(line);
  }

  replace(lines: readonly string[]): void {
    this.#written = [...lines];
    this.#size = lines.reduce((size, line) => size + sizeOf(line), 0);
    this.#synced = lines.length;
  }

  sync(): void {
    this.#synced = this.#written.length;
  }

  /** Loses the last lines, at most `lines` of them and none that were synced. */
  crash(lines: number): void {
    const kept = Math.max(this.#synced, this.#written.length - lines);
    for (const line of this.#written.splice(kept)) this.#size -= sizeOf(line);
  }

  /** Opens the journal for another life of the node. */
  reopen(): void {
    this.#found = [...this.#written];
    this.#synced = this.#written.length;
  }
}

function sizeOf(line: string): number {
  return textLength(line) + 1;
}
