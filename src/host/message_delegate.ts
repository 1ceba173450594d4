/**
 * The layer above membership for those who want no Serf: metadata of their own,
 * and messages that mean what they say.
 */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import { atOnce, type Steps } from "../bytes/steps.ts";
import { BroadcastQueue } from "../memberlist/broadcasts/broadcast_queue.ts";
import type { Delegate } from "../memberlist/exchange/delegate.ts";
import type { Member } from "../memberlist/member.ts";
import type { Address } from "../ports/address.ts";
import { messageType } from "../wire/message_type.ts";

/** Something happened in a cluster of `Memberlist` nodes. */
export type MemberlistEvent =
  /**
   * A member came, went or changed its metadata. One that went has the state `left` if it
   * said so, and `dead` otherwise.
   */
  | { readonly type: "join" | "leave" | "update"; readonly member: Member }
  /** A message came, in a datagram if `from` is known, else over a stream. */
  | { readonly type: "message"; readonly payload: Uint8Array; readonly from: Address | undefined }
  /** `rival` claims the name of `member` from another address, in vain. */
  | { readonly type: "conflict"; readonly member: Member; readonly rival: Member };

/** Returns a member for users to keep: nothing they do to it reaches the core. */
export function copyOfMember(member: Member): Member {
  return { ...member, ip: member.ip.slice(), meta: member.meta.slice() };
}

/** Turns what membership reports into events. */
export class MessageDelegate implements Delegate {
  /** Messages for everybody. */
  readonly broadcasts: BroadcastQueue;
  readonly lanes: readonly BroadcastQueue[];
  readonly stateStamp = "";
  readonly #emit: (event: MemberlistEvent) => void;
  /** What to advertise. */
  metadata: Uint8Array;

  /** @param memberCount tells how many members there are to reach. */
  constructor(
    options: {
      readonly metadata: Uint8Array;
      readonly retransmitMult: number;
      readonly memberCount: () => number;
      readonly emit: (event: MemberlistEvent) => void;
    },
  ) {
    this.metadata = options.metadata.slice();
    const { memberCount, retransmitMult } = options;
    this.broadcasts = new BroadcastQueue(retransmitMult, memberCount, {
      typeByte: messageType.user,
    });
    this.lanes = [this.broadcasts];
    this.#emit = options.emit;
  }

  meta(): Uint8Array {
    return this.metadata;
  }

  receiveMessage(message: Uint8Array, from?: Address): void {
    this.#emit({ type: "message", payload: message.slice(), from });
  }

  localState(): Steps<Uint8Array> {
    return atOnce(() => emptyBytes);
  }

  mergeState(): Steps<void> {
    return atOnce(() => {});
  }

  memberJoined(member: Member): void {
    this.#emit({ type: "join", member: copyOfMember(member) });
  }

  memberLeft(member: Member): void {
    this.#emit({ type: "leave", member: copyOfMember(member) });
  }

  memberUpdated(member: Member): void {
    this.#emit({ type: "update", member: copyOfMember(member) });
  }

  nameConflict(existing: Member, rival: Member): void {
    this.#emit({ type: "conflict", member: copyOfMember(existing), rival: copyOfMember(rival) });
  }

  ackPayload(): undefined {
    return undefined;
  }

  pingComplete(): void {}
}
