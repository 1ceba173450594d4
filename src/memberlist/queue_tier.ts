/** What a broadcast queue is made of: entries, in tiers of messages told equally often. */

import type { Address } from "../ports/address.ts";

/** Something to tell everybody. */
export interface Broadcast {
  /** Kept by the queue: nobody may change it from now on. */
  readonly message: Uint8Array;
  /** Whom it is about: a newer broadcast of the same name takes its place. */
  readonly name?: string;
  /** Whom it came from, who need not hear it again. */
  readonly from?: Address | undefined;
  /** Runs once, when it was told often enough, was replaced, or had to make room. */
  readonly finished?: () => void;
}

/** A broadcast in a queue, as its tier sees it. */
export interface QueueEntry {
  readonly length: number;
  /** Rises with every broadcast added, and never starts over. */
  readonly order: number;
  /** Removed entries stay in their tier until it is looked at. */
  readonly isRemoved: boolean;
}

/** Messages told equally often. */
export interface Tier<E extends QueueEntry> {
  add(entry: E): void;
  /** Takes the message of at most `limit` bytes that goes next. */
  takeNext(limit: number): E | undefined;
  /** Takes the message that is missed least. */
  takeLeast(): E | undefined;
}
