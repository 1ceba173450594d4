/** A record or gap of a history as users see it. */

import { formatCursor } from "../../history/cursor.ts";
import type { HistoryEntry } from "../../history/history.ts";

/** What happened, or that something is missing. */
export interface HistoryItem {
  /** Where to go on behind it, `EPOCH-SEQ`. */
  readonly cursor: string;
  /** `member-join` and the like, `user`, `query`, or `gap` where records are missing. */
  readonly kind: string;
  /** When it was put down, for instance `2026-12-01T17:00:00.000Z`; undefined for a gap. */
  readonly time?: string | undefined;
  /** What is to be said about it: see the page on RPC commands. */
  readonly [detail: string]: unknown;
}

/** Returns an entry with times that people can read, its cursor first. */
export function describeEntry({ cursor, content }: HistoryEntry): HistoryItem {
  const place = formatCursor(cursor);
  if (!("seq" in content)) {
    const { from, to } = content;
    return { cursor: place, ...content, from: timeText(from), to: timeText(to) };
  }
  const { seq: _seq, at, ...fact } = content;
  return { cursor: place, time: timeText(at), ...fact, kind: content.kind };
}

function timeText(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
