/** Joining in the background, again and again until somebody answers (agent.md section 7.2). */

import { formatGoDuration } from "../../go/duration.ts";
import type { Clock } from "../../ports/clock.ts";
import { errorText } from "../../ports/error_text.ts";
import type { Log } from "../../ports/log.ts";
import type { AgentControl } from "../agent_control.ts";
import { pause } from "../pause.ts";
import type { AgentConfig } from "../settings/config.ts";

export interface RetryJoinOptions {
  readonly config: Pick<
    AgentConfig,
    "replayOnJoin" | "retryInterval" | "retryJoin" | "retryMaxAttempts"
  >;
  readonly agent: Pick<AgentControl, "join">;
  readonly log: Log;
  readonly clock: Clock;
  /** Ends the waiting between tries. */
  readonly signal: AbortSignal;
}

/**
 * Joins, if the settings name whom, and tries again after each failure.
 *
 * @returns whether it may go on: `false` once more tries failed than are forgiven.
 */
export async function retryJoin(options: RetryJoinOptions): Promise<boolean> {
  const { agent, clock, config, log, signal } = options;
  const { replayOnJoin, retryInterval, retryJoin: addresses, retryMaxAttempts } = config;
  for (let failures = 0; addresses.length > 0 && !signal.aborted;) {
    log.info(`Joining cluster...(replay: ${replayOnJoin})`);
    try {
      const count = await agent.join(addresses, replayOnJoin);
      log.info(`Join completed. Synced with ${count} initial agents`);
      return true;
    } catch (error) {
      failures++;
      if (retryMaxAttempts > 0 && failures > retryMaxAttempts) {
        log.error("maximum retry join attempts made, exiting");
        return false;
      }
      const wait = formatGoDuration(retryInterval);
      log.warn(`Join failed: ${errorText(error)}, retrying in ${wait}`);
    }
    await pause(clock, retryInterval, signal);
  }
  return true;
}
