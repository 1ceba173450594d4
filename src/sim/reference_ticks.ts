/**
 * Members that gossip as the reference does: at ticks, whenever a broadcast is added, and
 * to random peers.
 */

import { crc32 } from "../bytes/crc32.ts";
import { encodeText } from "../bytes/text.ts";
import { type GossipTuning, gossipTuning } from "../memberlist/gossip_tuning.ts";
import { profiles } from "../memberlist/config.ts";

/** Returns the tuning of a member that gossips at ticks. Its name decides when they come. */
export function referenceTicks(name: string): GossipTuning {
  const { gossipInterval } = profiles.lan;
  const phase = crc32(encodeText(name)) % gossipInterval;
  const nextTick = (earliest: number) =>
    Math.ceil((earliest - phase) / gossipInterval) * gossipInterval + phase;
  return { ...gossipTuning, nextTick };
}
