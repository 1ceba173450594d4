/**
 * The first byte of every Serf message, and the limits that all of them share
 * (gossip.md section 19).
 *
 * These bytes travel inside user messages of the membership layer, whose own
 * type bytes are another numbering.
 */

import { unsigned } from "../bytes/msgpack_codec.ts";
import type { LamportTime } from "./lamport_clock.ts";

/** Type bytes of Serf messages. */
export const serfMessageType = {
  leave: 0,
  join: 1,
  pushPull: 2,
  userEvent: 3,
  query: 4,
  queryResponse: 5,
  conflictResponse: 6,
  keyRequest: 7,
  keyResponse: 8,
  relay: 9,
} as const;

/**
 * The latest Lamport time that is taken from a peer; readers reject anything later.
 *
 * The wire has 64 bits, a number is exact to 53. The gap below that leaves the
 * own clocks four billion steps before they stop being exact, whatever a peer
 * claims.
 */
export const maxLamportTime: LamportTime = 2 ** 53 - 2 ** 32;

/** How Lamport times travel. */
export const lamportTime = unsigned(maxLamportTime);

/**
 * The longest message that is taken for gossip: an intent, an event or a query.
 *
 * Those are kept and passed on. Events have at most 9216 bytes wherever they come
 * from, and nothing much longer than a packet ever spreads.
 */
export const maxGossipSize = 16 * 1024;
