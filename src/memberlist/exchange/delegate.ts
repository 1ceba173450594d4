/**
 * The layer above.
 *
 * All calls come inside a turn: they must not block, and arguments are borrowed until they return.
 */

import type { Steps } from "../../bytes/steps.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { Address } from "../../ports/address.ts";
import type { BroadcastQueue } from "../broadcasts/broadcast_queue.ts";
import type { Member } from "../member.ts";
import type { MembershipListener } from "../membership/membership.ts";

export interface Delegate extends MembershipListener {
  /** Whether this node left in an earlier life and ignores packets until a join; no by default. */
  readonly isAway?: boolean;
  /** Returns the metadata to advertise, at most 512 bytes. */
  meta(): Uint8Array;
  /** Takes one user message, without its type byte; `from` if it came in a datagram. */
  receiveMessage(message: Uint8Array, from?: Address): void;
  /** Its lanes in the outbox, in the order in which they are sent (gossip.md section 13.5). */
  readonly lanes: readonly BroadcastQueue[];
  /** Changes whenever what `localState` returns would. */
  readonly stateStamp: string;
  /** Returns the user state for a push/pull, as it is at the first step. */
  localState(joining: boolean): Steps<Uint8Array>;
  /**
   * Takes the user state that a push/pull brought, borrowed until all steps are done.
   *
   * @param isReply whether this node asked for it.
   */
  mergeState(state: Uint8Array, joining: boolean, isReply: boolean): Steps<void>;
  /** Returns what to put into the ack of a datagram ping; `undefined` for nil. */
  ackPayload(): Uint8Array | undefined;
  /** Runs when a direct probe of `member` was acknowledged in time. */
  pingComplete(member: Member, rtt: Milliseconds, payload: Uint8Array): void;
}
