/** What waits to be told, as those who tell it see it. */

import type { Address } from "../ports/address.ts";

/** One message that is told, and to whom. */
export interface Telling {
  readonly message: Uint8Array;
  /** Whom it came from in a datagram, if it did. */
  readonly from: Address | undefined;
  /** Whether it waits for its first round. */
  readonly isUntold: boolean;
  /** How often it was handed out. */
  readonly transmits: number;
  /** Whether it came from `address`, or went there. */
  isKnownTo(address: Address): boolean;
}

/** Everything that waits in one place. */
export interface News {
  /** How many messages wait. */
  readonly length: number;
  /** How many bytes they have. */
  readonly bytes: number;
  /** How many of them wait for their first round. */
  readonly untold: number;
  /** How many of them were left to their tree, and to nobody else yet. */
  readonly entrusted: number;
  /** How many of them somebody waits for. */
  readonly awaited: number;
  /** What was added last, if it still waits. */
  readonly newest: Telling | undefined;
  /** Leaves the newest message to its tree; the next packet takes it along, if there is one. */
  entrustNewest(): void;
  /** Notes that everything was told to others, too, than the trees say. */
  settle(): void;
}
