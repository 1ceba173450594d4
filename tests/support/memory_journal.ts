/** A journal that is a list: what was written, and what happened to it. */

import { textLength } from "../../src/bytes/text.ts";
import type { Journal } from "../../src/ports/journal.ts";

/** A `Journal` in memory; another one opened on its `content` is the next start. */
export class MemoryJournal implements Journal {
  readonly lines: readonly string[];
  #content: string[];
  #size: number;
  syncs = 0;
  replacements = 0;
  /** Whether replacing fails, as on a full disk. */
  isBroken = false;

  constructor(lines: readonly string[] = []) {
    this.lines = lines;
    this.#content = [...lines];
    this.#size = sizeOf(lines);
  }

  /** Everything that a next start would find. */
  get content(): readonly string[] {
    return this.#content;
  }

  get size(): number {
    return this.#size;
  }

  append(line: string): void {
    this.#content.push(line);
    this.#size += sizeOf([line]);
  }

  replace(lines: readonly string[]): void {
    this.replacements++;
    if (this.isBroken) return;
    this.#content = [...lines];
    this.#size = sizeOf(lines);
  }

  sync(): void {
    this.syncs++;
  }
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((size, line) => size + textLength(line) + 1, 0);
}
