/** Where a history keeps its lines: a row of segments, of which only the last one grows. */

import { textLength } from "../bytes/text.ts";
import type { Journal } from "../ports/journal.ts";

/** A row of segments. */
export interface SegmentStore {
  /** The numbers of the segments that are there, in rising order. */
  readonly numbers: readonly number[];
  /** Begins a new segment, with a number higher than all that are there. */
  create(number: number): Journal;
  /** The lines of a segment, also of one that is being written; none if it cannot be read. */
  read(number: number): readonly string[];
  /** The first line of a segment; `undefined` if it cannot be read. */
  readFirst(number: number): string | undefined;
  /** Bytes that a segment takes. */
  sizeOf(number: number): number;
  /** Removes a segment. */
  remove(number: number): void;
}

/** What a line takes in memory besides its text. */
const lineOverhead = 128;

/** Segments in memory, which end with the process. */
export class MemoryStore implements SegmentStore {
  readonly #segments = new Map<number, MemoryJournal>();

  get numbers(): number[] {
    return [...this.#segments.keys()];
  }

  create(number: number): Journal {
    const journal = new MemoryJournal();
    this.#segments.set(number, journal);
    return journal;
  }

  read(number: number): readonly string[] {
    return this.#segments.get(number)?.lines ?? [];
  }

  readFirst(number: number): string | undefined {
    return this.read(number)[0];
  }

  sizeOf(number: number): number {
    return this.#segments.get(number)?.size ?? 0;
  }

  remove(number: number): void {
    this.#segments.delete(number);
  }
}

class MemoryJournal implements Journal {
  readonly #lines: string[] = [];
  #size = 0;

  get lines(): readonly string[] {
    return this.#lines;
  }

  get size(): number {
    return this.#size;
  }

  append(line: string): void {
    this.#lines.push(line);
    this.#size += textLength(line) + lineOverhead;
  }

  replace(lines: readonly string[]): void {
    this.#lines.length = this.#size = 0;
    for (const line of lines) this.append(line);
  }

  sync(): void {}
}
