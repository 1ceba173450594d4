/**
 * Watches the addresses that the agent was told to join, for as long as it runs.
 *
 * The reference joins them once. If the cluster then breaks apart for longer than
 * anybody is remembered, or was joined in two halves from the start, nothing ever
 * brings it together. Here every such address is looked up again now and then,
 * because a name may lead elsewhere by now, and joined unless a live member is there,
 * or one that left: that one stays away until somebody asks for it.
 */

import { formatGoDuration } from "../../go/duration.ts";
import { type LookUp, resolveJoinAddress } from "../../host/transport/resolver.ts";
import { sameAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";
import { errorText } from "../../ports/error_text.ts";
import type { Log } from "../../ports/log.ts";
import type { SerfMember } from "../../serf/member.ts";
import type { AgentControl } from "../agent_control.ts";
import { pause } from "../pause.ts";
import type { AgentConfig } from "../settings/config.ts";

/** The first look comes this late; while somebody is missing, each pause is twice the last. */
export const firstPause: Milliseconds = 60_000;
/** However long somebody is missing, the seeds are looked at this often. */
export const longestPause: Milliseconds = 900_000;

export interface SeedWatchOptions {
  readonly config: Pick<AgentConfig, "replayOnJoin" | "retryJoin" | "startJoin">;
  readonly agent: Pick<AgentControl, "join" | "members"> & { readonly self: SerfMember };
  readonly clock: Clock;
  readonly log: Log;
  /** Turns host names into IP literals; the system's way by default. */
  readonly lookUp?: LookUp;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** Watches until the signal aborts. */
export async function watchSeeds(options: SeedWatchOptions): Promise<void> {
  const { clock, config: { retryJoin, startJoin }, signal } = options;
  const seeds = [...new Set([...startJoin, ...retryJoin])];
  let wait = firstPause;
  while (seeds.length > 0 && !signal.aborted) {
    await pause(clock, wait, signal);
    let isAnyMissing = false;
    for (const seed of seeds) {
      if (signal.aborted) return;
      if (!await isMissing(seed, options)) continue;
      isAnyMissing = true;
      await tryToJoin(seed, options);
    }
    // Also after a join that worked: an address behind a translation never shows as a member's.
    wait = isAnyMissing ? Math.min(2 * wait, longestPause) : firstPause;
  }
}

async function isMissing(seed: string, { agent, lookUp }: SeedWatchOptions): Promise<boolean> {
  try {
    const addresses = await resolveJoinAddress(seed, agent.self.address.port, lookUp);
    const settled = agent.members()
      .filter(({ status }) => status === "alive" || status === "left");
    return !addresses.some((address) =>
      settled.some((member) => sameAddress(address, member.address))
    );
  } catch {
    // The name leads nowhere now. Trying to join says so.
    return true;
  }
}

async function tryToJoin(
  seed: string,
  { agent, config, log, signal }: SeedWatchOptions,
): Promise<void> {
  try {
    await agent.join([seed], config.replayOnJoin);
    log.info(`Joined ${seed} again: no live member was known there`);
  } catch (error) {
    if (signal.aborted) return;
    const most = formatGoDuration(longestPause);
    log.warn(`Nobody at ${seed} to join, trying again within ${most}: ${errorText(error)}`);
  }
}
