/** One message for everybody: as it is added to a queue, and while it waits there. */

import type { Address } from "../../ports/address.ts";

export interface Broadcast {
  /** Kept by the queue: nobody may change it from now on. */
  readonly message: Uint8Array;
  /** The member that it is about: a newer broadcast of the same name takes its place. */
  readonly name?: string;
  /** Who sent it to this node in a datagram, and need not get it again. */
  readonly from?: Address | undefined;
  /** Runs once, when it was sent often enough, was replaced, or had to make room. */
  readonly finished?: () => void;
}

/** A broadcast that waits, and who has it. */
export interface PendingBroadcast {
  readonly message: Uint8Array;
  /** Who sent it to this node in a datagram, if anybody did. */
  readonly from: Address | undefined;
  readonly isUnsent: boolean;
  /** How often it was sent, packets along its tree aside. */
  readonly transmits: number;
  /** Whether it came from `address`, or was sent there. */
  isKnownTo(address: Address): boolean;
}

/** Which broadcasts a packet takes, and how they count. */
export interface Selection {
  /** Leaves out what was sent less often; takes all by default. */
  readonly minTransmits?: number;
  /** The broadcast that goes along its tree with this packet. */
  readonly alongTree?: PendingBroadcast;
}

/** How many broadcasts wait, in one queue or in several. */
export interface Backlog {
  readonly length: number;
  readonly bytes: number;
  readonly unsent: number;
  /** How many were sent along their tree, and not in a backup round yet. */
  readonly sentAlongTree: number;
  /** How many have a caller that waits until they are sent. */
  readonly awaited: number;
}
