/** Joining in the background, again and again until somebody answers (agent.md section 7.2). */

import type { Clock, Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { formatGoDuration } from "../../go/duration.ts";
import { pause } from "../pause.ts";
import { messageOf } from "../../ports/error_context.ts";

/** What a retried join works with. */
export interface RetryJoinOptions {
  readonly addresses: readonly string[];
  readonly replay: boolean;
  readonly interval: Milliseconds;
  /** How many failures are forgiven; 0 is no limit. */
  readonly maxAttempts: number;
  readonly join: (addresses: readonly string[], replay: boolean) => Promise<number>;
  readonly log: Log;
  readonly clock: Clock;
  /** Ends the waiting between tries. */
  readonly signal: AbortSignal;
}

/**
 * Joins, and tries again after each failure.
 *
 * @returns whether it may go on: `false` once more tries failed than are forgiven.
 */
export async function retryJoin(options: RetryJoinOptions): Promise<boolean> {
  const { addresses, replay, interval, maxAttempts, log } = options;
  for (let failures = 0; !options.signal.aborted;) {
    log.info(`Joining cluster...(replay: ${replay})`);
    try {
      const count = await options.join(addresses, replay);
      log.info(`Join completed. Synced with ${count} initial agents`);
      return true;
    } catch (error) {
      failures++;
      if (maxAttempts > 0 && failures > maxAttempts) {
        log.error("maximum retry join attempts made, exiting");
        return false;
      }
      log.warn(`Join failed: ${messageOf(error)}, retrying in ${formatGoDuration(interval)}`);
    }
    await pause(options.clock, interval, options.signal);
  }
  return true;
}
