/**
 * Returning to the cluster that a snapshot remembers (gossip.md section 22.7).
 *
 * The members are tried in random order, so that a cluster that restarts as a whole does not
 * descend on one of them. One answer is enough. No join intent is announced.
 */

import { parseAddress } from "../../ports/address.ts";
import { shuffled } from "../../ports/random.ts";
import { failure, type Result } from "../../ports/result.ts";
import type { SerfNode } from "../node.ts";

/** Tries to rejoin through `previous`, which maps names to addresses as text. */
export function rejoin(previous: ReadonlyMap<string, string>, node: SerfNode): void {
  const { config, log, memberlist, random } = node;
  const untried = shuffled([...previous].filter(([name]) => name !== config.name), random);

  const tryNext = () => {
    const next = untried.pop();
    if (!next) return log.warn("Failed to re-join any previously known node");

    const label = `${next[0]}: ${next[1]}`;
    log.info(`Attempting re-join to previously known node: ${label}`);
    const judge = (result: Result<void>) => {
      if (!result.ok) return tryNext();
      log.info(`Re-joined to previously known node: ${label}`);
    };
    const address = parseAddress(next[1]);
    if (!address) judge(failure("no address"));
    // A node that leaves, or has left, looks for nobody any more.
    else if (node.state() === "alive") memberlist.exchange(address, judge);
  };
  if (previous.size > 0) tryNext();
}
