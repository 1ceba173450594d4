/**
 * Keeps an eye on the addresses that the agent was told to join, for as long as
 * it runs.
 *
 * The reference joins them once. If the cluster then breaks apart for longer than
 * anybody is remembered, or was joined in two halves from the start, nothing ever
 * brings it together. Here every such address is looked up again now and then,
 * because a name may lead elsewhere by now, and joined if no live member is there,
 * and none that left: who left stays away until somebody asks for it.
 */

import { type Address, sameAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { formatGoDuration } from "../../go/duration.ts";
import { pause } from "../pause.ts";
import { messageOf } from "../../ports/error_context.ts";

/** The first look comes this late; while somebody is missing, each pause is twice the last. */
export const firstPause: Milliseconds = 60_000;
/** However long somebody is missing, the seeds are looked at this often. */
export const longestPause: Milliseconds = 900_000;

/** What a watch works with. */
export interface SeedWatchOptions {
  /** Addresses and host names, as users write them. */
  readonly seeds: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Looks an entry up; rejects if it leads nowhere. */
  readonly resolve: (seed: string) => Promise<readonly Address[]>;
  /** Where members are that live or left, the own node included. */
  readonly settledAddresses: () => readonly Address[];
  /** Joins through an entry; rejects if nobody answered. */
  readonly join: (seed: string) => Promise<unknown>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** Watches until the signal aborts. */
export async function watchSeeds(options: SeedWatchOptions): Promise<void> {
  const { clock, seeds, signal } = options;
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

async function isMissing(
  seed: string,
  { settledAddresses, resolve }: SeedWatchOptions,
): Promise<boolean> {
  try {
    const addresses = await resolve(seed);
    const settled = settledAddresses();
    return !addresses.some((address) => settled.some((other) => sameAddress(address, other)));
  } catch {
    // The name leads nowhere now. Trying to join says so.
    return true;
  }
}

async function tryToJoin(seed: string, { join, log, signal }: SeedWatchOptions): Promise<void> {
  try {
    await join(seed);
    log.info(`Joined ${seed} again: no live member was known there`);
  } catch (error) {
    if (signal.aborted) return;
    const most = formatGoDuration(longestPause);
    log.warn(`Nobody at ${seed} to join, trying again within ${most}: ${messageOf(error)}`);
  }
}
