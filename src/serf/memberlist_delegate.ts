/**
 * The Serf layer, as the membership layer sees it: sorts messages by kind and feeds gossip.
 *
 * A new message goes into its lane exactly as received (gossip.md section 19). One that cannot
 * be read is logged and dropped; nothing a peer sends may throw past here.
 */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import { keepBytes } from "../bytes/interned_bytes.ts";
import { MsgpackError, MsgpackReader } from "../bytes/msgpack_reader.ts";
import type { Steps } from "../bytes/steps.ts";
import type { BroadcastQueue } from "../memberlist/broadcasts/broadcast_queue.ts";
import type { Delegate } from "../memberlist/exchange/delegate.ts";
import type { Member } from "../memberlist/member.ts";
import type { Address } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { WireError } from "../wire/wire_error.ts";
import { readEvent } from "./events/event_message.ts";
import type { UserEvents } from "./events/user_events.ts";
import { readJoin, readLeave } from "./intent_messages.ts";
import type { SerfMembers } from "./members/serf_members.ts";
import { maxGossipSize, serfMessageType } from "./message_type.ts";
import type { SerfNode } from "./node.ts";
import type { SerfQueries } from "./queries/serf_queries.ts";
import type { LaneName } from "./serf_lanes.ts";
import { StateExchange } from "./state_exchange.ts";
import { encodeTags } from "./tags.ts";

/** Routes what the membership layer reports. */
export class MemberlistDelegate implements Delegate {
  readonly lanes: readonly BroadcastQueue[];
  readonly #node: SerfNode;
  readonly #members: SerfMembers;
  readonly #queries: SerfQueries;
  readonly #userEvents: UserEvents;
  readonly #stateExchange: StateExchange;
  /** One for all messages: each is read to its end before the next comes. */
  readonly #reader = new MsgpackReader(emptyBytes);

  constructor(
    node: SerfNode,
    members: SerfMembers,
    queries: SerfQueries,
    userEvents: UserEvents,
  ) {
    this.lanes = node.lanes.inOrder;
    this.#node = node;
    this.#members = members;
    this.#queries = queries;
    this.#userEvents = userEvents;
    this.#stateExchange = new StateExchange(node, members, userEvents, queries.keyGuard);
  }

  get isAway(): boolean {
    return this.#members.joining.isAway;
  }

  meta(): Uint8Array {
    return encodeTags(this.#members.tags, this.#node.config.protocolVersion);
  }

  receiveMessage(message: Uint8Array, from?: Address): void {
    if (message.length === 0) return;
    this.#node.meter.sample("serf.msgs.received", message.length);
    try {
      this.#dispatch(message, from);
    } catch (error) {
      if (!(error instanceof WireError || error instanceof MsgpackError)) throw error;
      this.#node.log.error(`Error decoding message of type ${message[0]}: ${error.message}`);
    }
  }

  get stateStamp(): string {
    return this.#stateExchange.stamp;
  }

  localState(_joining: boolean): Steps<Uint8Array> {
    return this.#stateExchange.localState();
  }

  mergeState(state: Uint8Array, joining: boolean, isReply: boolean): Steps<void> {
    return this.#stateExchange.merge(state, joining, isReply);
  }

  memberJoined(member: Member): void {
    this.#members.book.memberJoined(member);
  }

  memberLeft(member: Member): void {
    this.#members.book.memberLeft(member);
  }

  memberUpdated(member: Member): void {
    this.#members.book.memberUpdated(member);
  }

  nameConflict(existing: Member, rival: Member): void {
    this.#queries.nameConflict.notice(existing, rival);
  }

  ackPayload(): Uint8Array | undefined {
    return this.#members.coordinates?.ackPayload();
  }

  pingComplete(member: Member, rtt: Milliseconds, payload: Uint8Array): void {
    this.#members.coordinates?.pingComplete(member, rtt, payload);
  }

  #dispatch(message: Uint8Array, from: Address | undefined): void {
    const { intents } = this.#members;
    const { queries, relay } = this.#queries;
    const reader = this.#reader.reset(message, 1);
    if (message[0]! <= serfMessageType.query && message.length > maxGossipSize) {
      // No honest peer passes that on: it is refused before it is read and kept.
      const text = `${message.length} bytes exceed the limit of ${maxGossipSize}`;
      throw new WireError("too-large", text);
    }
    switch (message[0]) {
      case serfMessageType.leave:
        if (intents.receiveLeave(readLeave(reader))) this.#passOn("intents", message, from);
        return;
      case serfMessageType.join:
        if (intents.receiveJoin(readJoin(reader))) this.#passOn("intents", message, from);
        return;
      case serfMessageType.userEvent:
        if (this.#userEvents.receive(readEvent(reader))) this.#passOn("userEvents", message, from);
        return;
      case serfMessageType.query:
        if (queries.receive(reader)) this.#passOn("queries", message, from);
        return;
      case serfMessageType.queryResponse:
        return queries.receiveResponse(reader, from);
      case serfMessageType.relay:
        return relay.receive(reader);
      default:
        this.#node.log.error(`Received message of unknown type: ${message[0]}`);
    }
  }

  /** Queues a message byte for byte: encoding it again would lose what a newer peer added. */
  #passOn(lane: LaneName, message: Uint8Array, from: Address | undefined): void {
    // Nodes in one process share what is said about members: there is some of it for each.
    const kept = lane === "intents" ? keepBytes(message) : message.slice();
    this.#node.lanes.add(lane, { message: kept, from });
  }
}
