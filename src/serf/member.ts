/** A member as Serf shows it: the membership record plus tags and status. */

import type { Address } from "../ports/address.ts";
import type { ProtocolVersions } from "../memberlist/member.ts";

/** `leaving` has announced that it will go; `left` is gone; `failed` went without a word. */
export type MemberStatus = "none" | "alive" | "leaving" | "left" | "failed";

/** Free-form labels of a member; all of them together encode to at most 512 bytes. */
export type Tags = Readonly<Record<string, string>>;

/** An immutable picture of a member at one moment. */
export interface SerfMember {
  /** Unique in the cluster. */
  readonly name: string;
  /** Raw IP bytes as gossiped: 4, or 16 for IPv6 and mapped IPv4. */
  readonly ip: Uint8Array;
  /** Where it can be reached, ready to send to. */
  readonly address: Address;
  /** The labels it gave itself. */
  readonly tags: Tags;
  /** What is known of its fate. */
  readonly status: MemberStatus;
  /** The protocols it understands and speaks. */
  readonly versions: ProtocolVersions;
}
