/** The history of a node: in memory, or in a folder that outlives it. */

import { systemErrorText } from "../../go/system_error.ts";
import { History } from "../../history/history.ts";
import { MemoryStore } from "../../history/segment_store.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";

/** Bytes of history that are kept in memory. */
export const historySizeInMemory = 4 << 20;
/** Bytes of history that are kept on disk. */
export const historySizeOnDisk = 16 << 20;
/** History on disk that is older goes. */
const maxAge: Milliseconds = 7 * 24 * 3_600_000;

/** An open history, and what closes it. */
export interface OpenHistory {
  readonly history: History;
  close(): void;
}

/**
 * Opens the history in `folder`, or one in memory if that is empty.
 *
 * @throws {Error} why the folder cannot be used.
 */
export async function openHistory(folder: string, log: Log, meter: Meter): Promise<OpenHistory> {
  const epoch = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const run = { epoch, wallTime: () => Date.now() };
  if (folder === "") {
    const options = { ...run, maxSize: historySizeInMemory, maxAge: Infinity };
    return { history: new History({ ...options, store: new MemoryStore() }), close: () => {} };
  }
  const { HistoryFolder } = await import("./history_folder.ts");
  try {
    const store = new HistoryFolder(folder, log, meter);
    const history = new History({ ...run, maxSize: historySizeOnDisk, maxAge, store });
    return { history, close: () => store.close() };
  } catch (error) {
    throw new Error(`open ${folder}: ${systemErrorText(error)}`, { cause: error });
  }
}
