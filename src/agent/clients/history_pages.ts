/**
 * The `history` command: a page of what follows a cursor (rpc.md section 6.5).
 *
 * A client asks for one page after another, so nothing waits for it here, however slow it is.
 * At the end of the history it may wait some seconds for what happens next.
 */

import { parseGoDuration } from "../../go/duration.ts";
import { type Cursor, formatCursor, parseCursor } from "../../history/cursor.ts";
import type { Page } from "../../history/history.ts";
import { describeEntry } from "../../host/history/history_item.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { HistoryPage, RequestOf } from "../../rpc/commands.ts";
import type { HistoryReader } from "../agent_control.ts";
import type { ConnectedClient } from "./connected_client.ts";

/** The most records of a page. */
export const recordsPerPage = 256;
/** How long an answer waits for a record: clients give up after twice that. */
export const historyWait: Milliseconds = 5000;

/**
 * Answers what a client wants to know.
 *
 * @throws {Error} `Invalid place in the history` if that is no cursor and no age.
 */
export async function readHistory(
  client: Pick<ConnectedClient, "agent" | "clock" | "pull">,
  { since, wait }: RequestOf<"history">,
): Promise<HistoryPage> {
  const { history } = client.agent;
  const place = placeOf(history, since);
  let page = history.read(place, recordsPerPage);
  if (wait && page.entries.length === 0) {
    await nextRecord(client);
    page = history.read(page.cursor, recordsPerPage);
  }
  return describePage(page);
}

function placeOf(history: HistoryReader, since: string): Cursor {
  if (since === "") return history.start;
  const cursor = parseCursor(since);
  if (cursor) return cursor;
  let age: Milliseconds;
  try {
    age = parseGoDuration(since);
  } catch {
    throw new Error("Invalid place in the history");
  }
  return history.placeAt(Date.now() - age);
}

/** Waits for a record, for the limit, or for the end of the client. */
function nextRecord(
  client: Pick<ConnectedClient, "agent" | "clock" | "pull">,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      unfollow();
      timer.cancel();
      client.pull = undefined;
      resolve();
    };
    const unfollow = client.agent.history.onAppend(stop);
    const timer = client.clock.after(historyWait, stop);
    client.pull = { stop };
  });
}

function describePage({ entries, cursor }: Page): HistoryPage {
  return {
    records: entries.map((entry) => JSON.stringify(describeEntry(entry))),
    cursor: formatCursor(cursor),
  };
}
