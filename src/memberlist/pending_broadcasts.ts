/** Broadcasts that wait to be sent, as the gossiper sees them. */

import type { Address } from "../ports/address.ts";

/** One broadcast, and who has it. */
export interface PendingBroadcast {
  readonly message: Uint8Array;
  /** Who sent it to this node in a datagram, if anybody did. */
  readonly from: Address | undefined;
  /** Whether it has not been sent yet. */
  readonly isUnsent: boolean;
  /** How often it was sent, packets along its tree aside. */
  readonly transmits: number;
  /** Whether it came from `address`, or was sent there. */
  isKnownTo(address: Address): boolean;
}

/** All broadcasts that wait in one place. */
export interface PendingBroadcasts {
  /** How many wait. */
  readonly length: number;
  /** How many bytes they have together. */
  readonly bytes: number;
  /** How many of them have not been sent yet. */
  readonly unsent: number;
  /** How many of them were sent along their tree, and not in a backup round yet. */
  readonly sentAlongTree: number;
  /** How many of them have a caller that waits until they are sent. */
  readonly awaited: number;
  /** The one added last, if it still waits. */
  readonly newest: PendingBroadcast | undefined;
  /** Notes that the newest goes along its tree; the next packet carries it, if there is one. */
  noteSentAlongTree(): void;
  /** Notes that all were sent in a backup round. */
  noteBackupRound(): void;
}
