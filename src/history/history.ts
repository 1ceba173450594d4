/**
 * What happened, in the order in which it was heard of, for whoever asks later.
 *
 * Records are numbered without gaps in each run of the program, and kept in segments, of which
 * the oldest go first. A reader has a cursor and asks for what follows. Wherever something is
 * missing it gets a `gap` record, which says why.
 */

import type { Milliseconds } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Cursor } from "./cursor.ts";
import { type HistoryFact, type HistoryRecord, openLine, readRecord, sealLine } from "./record.ts";
import type { SegmentStore } from "./segment_store.ts";

/** A segment takes this part of a full history. */
const segmentShare = 16;
/** More segments than this are not kept, however small they are after many restarts. */
export const maxSegments = 256;
/** A page ends behind the record that makes it as long as this, in characters. */
export const pageSize = 256 * 1024;
/** The form of the files; a reader of another one does not understand them. */
const format = 1;

/** What a history is made with. */
export interface HistoryOptions {
  readonly store: SegmentStore;
  /** Names this run: 16 hexadecimal digits. */
  readonly epoch: string;
  /** Milliseconds since 1970. */
  readonly wallTime: () => Milliseconds;
  /** Bytes that all segments may take; what is older goes. */
  readonly maxSize: number;
  /** Records older than this go, a segment at a time. */
  readonly maxAge: Milliseconds;
}

/** Why records are missing. */
export type GapReason =
  /** The program did not run. */
  | "not-running"
  /** They were too old, or too many. */
  | "trimmed"
  /** The file is damaged, or could not be written. */
  | "damaged"
  /** The cursor is none of this history. */
  | "unknown-epoch";

/** Stands where records are missing. */
export interface Gap {
  readonly kind: "gap";
  readonly reason: GapReason;
  /** When the record before the gap was put down; undefined if that is not known. */
  readonly from?: Milliseconds;
  /** When the record after it was. */
  readonly to?: Milliseconds;
  /** How many records are missing; undefined if that is not known. */
  readonly lost?: number;
}

/** A record or a gap, with its place. */
export interface HistoryEntry {
  /** Where to go on behind it. */
  readonly cursor: Cursor;
  readonly content: HistoryRecord | Gap;
}

/** What a reader gets at once. */
export interface Page {
  /** Records and gaps in order; empty at the end of the history. */
  readonly entries: readonly HistoryEntry[];
  /** Where to go on. */
  readonly cursor: Cursor;
}

/** A row of lines that belong to one run. */
interface Segment {
  readonly number: number;
  readonly epoch: string;
  /** The number of its first record. */
  readonly first: number;
  /** When it was begun. */
  readonly at: Milliseconds;
  /** Bytes that it takes; 0 while it is being written. */
  size: number;
}

/** Keeps a history. */
export class History {
  readonly #options: HistoryOptions;
  /** Those that were there at the start, and one for each that was begun since. */
  readonly #segments: Segment[] = [];
  readonly #listeners = new Set<() => void>();
  #journal: Journal | undefined;
  /** The lines of the segment that is being written, its head included. */
  #lines: string[] = [];
  #seq = 0;
  /** Bytes of all segments but the one that is being written. */
  #closedSize = 0;
  /** The segment that was read last, so that its pages do not read it again. */
  #opened: { readonly number: number; readonly lines: readonly string[] } | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
    for (const number of options.store.numbers) {
      const head = openLine(options.store.readFirst(number) ?? "");
      if (isHead(head)) this.#keep({ ...head, number, size: options.store.sizeOf(number) });
      else options.store.remove(number);
    }
    this.#trim(options.wallTime());
  }

  /** The place behind the newest record. */
  get cursor(): Cursor {
    return { epoch: this.#options.epoch, seq: this.#seq };
  }

  /** The place before the oldest record that is kept. */
  get start(): Cursor {
    const [oldest] = this.#segments;
    return oldest ? { epoch: oldest.epoch, seq: oldest.first - 1 } : this.cursor;
  }

  /** The place before the first record that is kept and not older than `time`. */
  placeAt(time: Milliseconds): Cursor {
    const index = this.#segments.findLastIndex(({ at }) => at <= time);
    const segment = this.#segments[Math.max(0, index)];
    if (!segment) return this.cursor;
    // What was trimmed of this run belongs to that time too, and is told as a gap.
    if (index < 0) return { epoch: segment.epoch, seq: 0 };
    let seq = segment.first - 1;
    for (const line of this.#linesOf(segment, seq)) {
      const record = readRecord(line);
      if (!record) continue;
      if (record.at >= time) break;
      seq = record.seq;
    }
    return { epoch: segment.epoch, seq };
  }

  /** Puts a fact down. */
  append(fact: HistoryFact): void {
    const { wallTime, maxSize } = this.#options;
    const at = wallTime();
    if (!this.#journal || this.#journal.size > maxSize / segmentShare) this.#begin(at);
    const line = sealLine({ seq: ++this.#seq, at, ...fact });
    this.#lines.push(line);
    this.#journal!.append(line);
    this.#trim(at);
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each new record, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads at most `limit` records that follow a cursor, and the gaps between them. */
  read(since: Cursor, limit: number): Page {
    const { epoch } = this.#options;
    if (since.epoch === epoch && since.seq === this.#seq) return { entries: [], cursor: since };
    const entries: HistoryEntry[] = [];
    let cursor = since;
    let size = 0;
    let index = this.#segments.findLastIndex((segment) =>
      segment.epoch === since.epoch && segment.first <= since.seq + 1
    );
    const isAhead = since.epoch === epoch && since.seq > this.#seq;
    if (index < 0 || isAhead) {
      index = 0;
      cursor = this.start;
      const gap = this.#gapBefore(since, cursor);
      if (gap) entries.push({ cursor, content: gap });
    }
    let last: Milliseconds | undefined;
    for (const segment of this.#segments.slice(index)) {
      if (segment.epoch !== cursor.epoch) {
        cursor = { epoch: segment.epoch, seq: segment.first - 1 };
        const gap: Gap = { kind: "gap", reason: "not-running", ...span(last, segment.at) };
        entries.push({ cursor, content: gap });
      }
      for (const line of this.#linesOf(segment, cursor.seq)) {
        if (entries.length >= limit || size >= pageSize) return { entries, cursor };
        const record = readRecord(line);
        if (!record || record.seq <= cursor.seq) continue;
        const lost = record.seq - cursor.seq - 1;
        const { epoch } = cursor;
        if (lost > 0) {
          const gap: Gap = { kind: "gap", reason: "damaged", lost, ...span(last, record.at) };
          entries.push({ cursor: { epoch, seq: record.seq - 1 }, content: gap });
        }
        last = record.at;
        cursor = { epoch, seq: record.seq };
        entries.push({ cursor, content: record });
        size += line.length;
      }
    }
    return { entries, cursor };
  }

  /** Hands everything to the disk. */
  stop(): void {
    this.#journal?.sync();
  }

  /** What is missing between a cursor that is not kept any more and the oldest record. */
  #gapBefore(since: Cursor, start: Cursor): Gap | undefined {
    if (since.epoch !== start.epoch) return { kind: "gap", reason: "unknown-epoch" };
    const lost = start.seq - since.seq;
    if (lost === 0) return undefined;
    return lost > 0
      ? { kind: "gap", reason: "trimmed", lost }
      : { kind: "gap", reason: "unknown-epoch" };
  }

  /** The lines of a segment that may follow the record `after`. */
  #linesOf({ number, first }: Segment, after: number): readonly string[] {
    const isWritten = number === this.#segments.at(-1)?.number && this.#journal;
    if (!isWritten && this.#opened?.number !== number) {
      this.#opened = { number, lines: this.#options.store.read(number) };
    }
    const lines = isWritten ? this.#lines : this.#opened!.lines;
    const behind = Math.max(1, after - first + 2);
    // Where a line is missing, those that follow stand further in front.
    const isAtItsPlace = behind === 1 || readRecord(lines[behind - 1] ?? "")?.seq === after;
    return lines.slice(isAtItsPlace ? behind : 1);
  }

  #begin(at: Milliseconds): void {
    const { store, epoch } = this.#options;
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const first = this.#seq + 1;
    const written = this.#segments.at(-1);
    if (this.#journal && written) {
      written.size = this.#journal.size;
      this.#closedSize += written.size;
    }
    this.#journal = store.create(number);
    this.#segments.push({ number, epoch, first, at, size: 0 });
    const head = sealLine({ history: format, epoch, first, at });
    this.#lines = [head];
    this.#journal.append(head);
  }

  #keep(segment: Segment): void {
    this.#segments.push(segment);
    this.#closedSize += segment.size;
  }

  /** Removes the oldest segments while there is too much, or they are too old. */
  #trim(now: Milliseconds): void {
    const { store, maxAge, maxSize } = this.#options;
    for (;;) {
      const [oldest, next] = this.#segments;
      // What a segment holds is older than the head of the next one.
      const isTooOld = next && next.at < now - maxAge;
      const size = this.#closedSize + (this.#journal?.size ?? 0);
      const isTooMuch = size > maxSize || this.#segments.length > maxSegments;
      if (!oldest || !next || !isTooOld && !isTooMuch) return;
      store.remove(oldest.number);
      this.#closedSize -= oldest.size;
      this.#segments.shift();
    }
  }
}

function isHead(
  head: { readonly [name: string]: unknown } | undefined,
): head is { readonly epoch: string; readonly first: number; readonly at: Milliseconds } {
  return head?.history === format && typeof head.epoch === "string" &&
    Number.isSafeInteger(head.first) && typeof head.at === "number";
}

function span(from: Milliseconds | undefined, to: Milliseconds): Pick<Gap, "from" | "to"> {
  return from === undefined ? { to } : { from, to };
}
