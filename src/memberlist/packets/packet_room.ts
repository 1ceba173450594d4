/** How much of a packet is left for messages (gossip.md section 4.9). */

import { compoundHeader, partOverhead } from "../../wire/compound.ts";
import { encryptionOverhead, labelOverhead } from "../../wire/message_type.ts";
import type { MemberlistConfig } from "../config.ts";

type PacketSettings = Pick<MemberlistConfig, "label" | "packetSize">;

/** Returns the room for the messages of a compound, with what each costs beyond its bytes. */
export function compoundRoom({ label, packetSize }: PacketSettings, isSealed: boolean): number {
  const overhead = labelOverhead(label) + (isSealed ? encryptionOverhead : 0);
  return packetSize - compoundHeader - overhead;
}

/** Returns the longest message of the layer above that a round of gossip can carry. */
export function broadcastLimit(settings: PacketSettings, isSealed: boolean): number {
  return compoundRoom(settings, isSealed) - partOverhead - 1;
}
