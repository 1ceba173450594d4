/** A member as the membership layer knows it: its latest believed claim, and when it changed. */

import type { Address } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";

/** `left` is a member that said goodbye; `dead` one that did not. */
export type MemberState = "alive" | "suspect" | "dead" | "left";

/** What versions a member speaks: membership protocol and Serf ("delegate") protocol. */
export interface ProtocolVersions {
  /** The oldest membership protocol it understands. */
  readonly protocolMin: number;
  /** The newest membership protocol it understands. */
  readonly protocolMax: number;
  /** The membership protocol it speaks. */
  readonly protocolCurrent: number;
  /** The oldest Serf protocol it understands. */
  readonly delegateMin: number;
  /** The newest Serf protocol it understands. */
  readonly delegateMax: number;
  /** The Serf protocol it speaks. */
  readonly delegateCurrent: number;
}

/** A member to read; only `membership.ts` changes one. Compare members by name. */
export interface Member {
  /** Unique in the cluster. */
  readonly name: string;
  /** Raw IP bytes as received: 4, or 16 for IPv6 and mapped IPv4. Peers compare these. */
  readonly ip: Uint8Array;
  /** The same as text and port, ready to send to. */
  readonly address: Address;
  /** Metadata, at most 512 bytes; empty if none. Replaced, never changed in place. */
  readonly meta: Uint8Array;
  /** What it speaks and understands. */
  readonly versions: ProtocolVersions;
  /** Which of its claims about itself is the latest; only the member raises it. */
  readonly incarnation: number;
  /** Where it stands as far as this node knows. */
  readonly state: MemberState;
  /** When `state` last changed, on the local clock. */
  readonly stateChangedAt: Milliseconds;
}
