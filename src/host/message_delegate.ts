/** The layer above membership where there is no Serf: metadata and plain messages. */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import { atOnce, type Steps } from "../bytes/steps.ts";
import type { BroadcastQueue } from "../memberlist/broadcasts/broadcast_queue.ts";
import type { Delegate } from "../memberlist/exchange/delegate.ts";
import type { Member } from "../memberlist/member.ts";
import type { Address } from "../ports/address.ts";

/** Something happened in a cluster of `Memberlist` nodes. */
export type MemberlistEvent =
  /**
   * A member joined, left or changed its metadata. One that left has the state `left` if it
   * announced that, and `dead` otherwise.
   */
  | { readonly type: "join" | "leave" | "update"; readonly member: Member }
  /** A message came: in a datagram if `from` is known, over a stream otherwise. */
  | { readonly type: "message"; readonly payload: Uint8Array; readonly from: Address | undefined }
  /** `rival` claims the name of `member` from another address, in vain. */
  | { readonly type: "conflict"; readonly member: Member; readonly rival: Member };

/** Returns a copy for users: changing it does not change the core. */
export function copyOfMember(member: Member): Member {
  return { ...member, ip: member.ip.slice(), meta: member.meta.slice() };
}

/** Turns what membership reports into events. */
export class MessageDelegate implements Delegate {
  readonly lanes: readonly BroadcastQueue[];
  readonly stateStamp = "";
  readonly #emit: (event: MemberlistEvent) => void;
  /** What to advertise. */
  metadata: Uint8Array;

  /** @param broadcasts messages for all members. */
  constructor(
    metadata: Uint8Array,
    broadcasts: BroadcastQueue,
    emit: (event: MemberlistEvent) => void,
  ) {
    this.metadata = metadata.slice();
    this.lanes = [broadcasts];
    this.#emit = emit;
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
