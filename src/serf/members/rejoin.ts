/**
 * Returning to the cluster that a snapshot remembers (gossip.md section 22.7).
 *
 * The members known before are tried in random order, so that a cluster that
 * restarts as a whole does not descend on one of them. One answer is enough:
 * membership tells the rest. No join intent is announced.
 */

import { type Address, parseAddress } from "../../ports/address.ts";
import type { Log } from "../../ports/log.ts";
import type { Random } from "../../ports/random.ts";
import { failure, type Result } from "../../ports/result.ts";

/** What a rejoin works with. */
export interface RejoinOptions {
  readonly log: Log;
  readonly random: Random;
  /** The own name, which is not tried. */
  readonly self: string;
  /** Exchanges states with whoever is at an address, without joining: one who left stays away. */
  readonly exchange: (address: Address, done: (result: Result<void>) => void) => void;
}

/** Tries to rejoin through `previous`, which maps names to addresses as text. */
export function rejoin(previous: ReadonlyMap<string, string>, options: RejoinOptions): void {
  const { log, random, self, exchange } = options;
  const nodes = shuffled([...previous].filter(([name]) => name !== self), random);

  const tryNext = () => {
    const node = nodes.pop();
    if (!node) return log.warn("Failed to re-join any previously known node");

    const label = `${node[0]}: ${node[1]}`;
    log.info(`Attempting re-join to previously known node: ${label}`);
    const judge = (result: Result<void>) => {
      if (!result.ok) return tryNext();
      log.info(`Re-joined to previously known node: ${label}`);
    };
    const address = parseAddress(node[1]);
    if (address) exchange(address, judge);
    else judge(failure("no address"));
  };
  if (previous.size > 0) tryNext();
}

function shuffled<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
