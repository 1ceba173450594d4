/** A history in memory whose clock stands still, for tests of what reads or writes one. */

import { History } from "../../src/history/history.ts";
import { MemoryStore } from "../../src/history/segment_store.ts";

/** The name of the one run of such a history. */
export const testEpoch = "0123456789abcdef";

export function memoryHistory(): History {
  return new History({
    store: new MemoryStore(),
    epoch: testEpoch,
    wallTime: () => 1000,
    maxSize: 1 << 20,
    maxAge: Infinity,
  });
}
