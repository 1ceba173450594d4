/** What a peer did wrong: counted always, and logged as far as the log's budget goes. */

import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";

/**
 * Notes that something of `peer` was refused.
 *
 * @param reason a short stable code, which the counter is named after.
 */
export function reject(
  { log, meter }: { readonly log: Log; readonly meter: Meter },
  peer: string,
  reason: string,
  message: string,
): void {
  meter.count(`memberlist.rejected.${reason}`, 1);
  log.warn(message, { peer, kind: reason });
}
