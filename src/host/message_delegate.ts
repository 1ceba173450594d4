/**
 * The layer above membership for those who want no Serf: metadata of their own,
 * and messages that mean what they say.
 */

import { atOnce, type Steps } from "../bytes/steps.ts";
import { BroadcastQueue } from "../memberlist/broadcast_queue.ts";
import type { Delegate, MessageSink } from "../memberlist/delegate.ts";
import type { Member } from "../memberlist/member.ts";
import type { Address } from "../ports/address.ts";

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

/** What one more message costs in a packet: its place in the compound and a type byte. */
const messageOverhead = 3;

const nothing = new Uint8Array(0);

/** Returns a member for users to keep: nothing they do to it reaches the core. */
export function copyOfMember(member: Member): Member {
  return { ...member, ip: member.ip.slice(), meta: member.meta.slice() };
}

/** Turns what membership reports into events. */
export class MessageDelegate implements Delegate {
  /** Messages for everybody. */
  readonly news: BroadcastQueue;
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
    this.news = new BroadcastQueue(options.retransmitMult, options.memberCount);
    this.#emit = options.emit;
  }

  meta(): Uint8Array {
    return this.metadata;
  }

  receiveMessage(message: Uint8Array, from?: Address): void {
    this.#emit({ type: "message", payload: message.slice(), from });
  }

  fillPacket(sink: MessageSink, to: readonly Address[], minTransmits: number): void {
    const room = sink.room + messageOverhead;
    this.news.take(messageOverhead, room, (message) => sink.add(message), to, minTransmits);
  }

  localState(): Steps<Uint8Array> {
    return atOnce(() => nothing);
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
