/** The formulas that follow the size of the cluster (gossip.md sections 10, 13.3 and 15). */

import type { Milliseconds } from "../ports/clock.ts";

/** How often a broadcast is handed out before it has done its duty in a cluster of `members`. */
export function retransmitLimit(retransmitMult: number, members: number): number {
  return retransmitMult * Math.ceil(Math.log10(members + 1));
}

/** The shortest time that a member stays suspect in a cluster of `members`. */
export function minSuspicion(
  suspicionMult: number,
  members: number,
  probeInterval: Milliseconds,
): Milliseconds {
  const scale = Math.max(1, Math.log10(Math.max(1, members)));
  // Parity: peers truncate the scale to thousandths before they multiply.
  return suspicionMult * Math.trunc(scale * 1000) * probeInterval / 1000;
}

/**
 * The time between two push/pulls of a node in a cluster of `members`.
 *
 * Each doubling beyond 32 members adds one interval, because an exchange costs
 * more the more members it lists.
 */
export function pushPullPause(interval: Milliseconds, members: number): Milliseconds {
  if (members <= 32) return interval;
  return (Math.ceil(Math.log2(members) - Math.log2(32)) + 1) * interval;
}
