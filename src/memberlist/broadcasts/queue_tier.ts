/** What a broadcast queue is made of: tiers of broadcasts that were sent equally often. */

/** A broadcast in a queue, as its tier sees it. */
export interface QueueEntry {
  readonly length: number;
  /** Rises with every broadcast added, and never starts over. */
  readonly order: number;
  /** Removed entries stay in their tier until they are found there. */
  readonly isRemoved: boolean;
}

/** Broadcasts that were sent equally often. */
export interface Tier<E extends QueueEntry> {
  add(entry: E): void;
  /** Takes the broadcast of at most `limit` bytes that goes next. */
  takeNext(limit: number): E | undefined;
  /** Takes the broadcast that is missed least. */
  takeLeast(): E | undefined;
}
