/**
 * Answers the membership layer on Serf's behalf: sorts messages by kind, feeds
 * gossip, and passes on what is heard about members.
 *
 * A new message goes into the lane of its kind exactly as received (gossip.md section
 * 19). One that cannot be read is logged and dropped; nothing a peer sends may throw
 * past here.
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
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import { WireError } from "../wire/wire_error.ts";
import { readEvent } from "./events/event_message.ts";
import { readJoin, readLeave } from "./intent_messages.ts";
import type { Intents } from "./members/intents.ts";
import type { MemberBook } from "./members/member_book.ts";
import { maxGossipSize, serfMessageType } from "./message_type.ts";
import type { QueueDepthControl } from "./queue_depth.ts";
import type { StateExchange } from "./state_exchange.ts";
import type { UserEvents } from "./events/user_events.ts";

/** Takes one kind of message; the reader stands behind the type byte. */
export type MessageHandler<T> = (reader: MsgpackReader) => T;

/** What network coordinates add to probes. */
export interface PingObserver {
  ackPayload(): Uint8Array | undefined;
  pingComplete(member: Member, rtt: Milliseconds, payload: Uint8Array): void;
}

/**
 * Serf's broadcasts: intents go before queries before user events (gossip.md section 13.5).
 *
 * Each kind has a lane of its own, so that a storm of events cannot hide who comes and goes.
 */
export type SerfLanes = Readonly<Record<"intents" | "queries" | "userEvents", BroadcastQueue>>;

export interface MemberlistDelegateParts {
  readonly log: Log;
  readonly meter: Meter;
  readonly book: MemberBook;
  readonly intents: Intents;
  readonly userEvents: UserEvents;
  readonly stateExchange: StateExchange;
  readonly lanes: SerfLanes;
  readonly queueDepth: QueueDepthControl;
  /** `undefined` if coordinates are off. */
  readonly coordinates: PingObserver | undefined;
  /** Whether this node left in an earlier life and was not asked back. */
  readonly isAway: () => boolean;
  /** Returns the encoded tags. */
  readonly meta: () => Uint8Array;
  /** Judges a query; returns whether it is new and to be passed on. */
  readonly receiveQuery: MessageHandler<boolean>;
  readonly receiveQueryResponse: (reader: MsgpackReader, from: Address | undefined) => void;
  readonly receiveRelay: MessageHandler<void>;
  readonly nameConflict: (existing: Member, rival: Member) => void;
}

/** The Serf layer, as the membership layer sees it. */
export class MemberlistDelegate implements Delegate {
  readonly lanes: readonly BroadcastQueue[];
  readonly #parts: MemberlistDelegateParts;
  /** One for all messages: each is read to its end before the next comes. */
  readonly #reader = new MsgpackReader(emptyBytes);

  constructor(parts: MemberlistDelegateParts) {
    const { intents, queries, userEvents } = parts.lanes;
    this.lanes = [intents, queries, userEvents];
    this.#parts = parts;
  }

  get isAway(): boolean {
    return this.#parts.isAway();
  }

  meta(): Uint8Array {
    return this.#parts.meta();
  }

  receiveMessage(message: Uint8Array, from?: Address): void {
    if (message.length === 0) return;
    this.#parts.meter.sample("serf.msgs.received", message.length);
    try {
      this.#dispatch(message, from);
    } catch (error) {
      if (!(error instanceof WireError || error instanceof MsgpackError)) throw error;
      this.#parts.log.error(`Error decoding message of type ${message[0]}: ${error.message}`);
    }
  }

  get stateStamp(): string {
    return this.#parts.stateExchange.stamp;
  }

  localState(_joining: boolean): Steps<Uint8Array> {
    return this.#parts.stateExchange.localState();
  }

  mergeState(state: Uint8Array, joining: boolean, isReply: boolean): Steps<void> {
    return this.#parts.stateExchange.merge(state, joining, isReply);
  }

  memberJoined(member: Member): void {
    this.#parts.book.memberJoined(member);
  }

  memberLeft(member: Member): void {
    this.#parts.book.memberLeft(member);
  }

  memberUpdated(member: Member): void {
    this.#parts.book.memberUpdated(member);
  }

  nameConflict(existing: Member, rival: Member): void {
    this.#parts.nameConflict(existing, rival);
  }

  ackPayload(): Uint8Array | undefined {
    return this.#parts.coordinates?.ackPayload();
  }

  pingComplete(member: Member, rtt: Milliseconds, payload: Uint8Array): void {
    this.#parts.coordinates?.pingComplete(member, rtt, payload);
  }

  #dispatch(message: Uint8Array, from: Address | undefined): void {
    const { intents, lanes, log, userEvents } = this.#parts;
    const reader = this.#reader.reset(message, 1);
    if (message[0]! <= serfMessageType.query) this.#checkSize(message);
    switch (message[0]) {
      case serfMessageType.leave:
        if (intents.receiveLeave(readLeave(reader))) this.#passOn(message, from, lanes.intents);
        return;
      case serfMessageType.join:
        if (intents.receiveJoin(readJoin(reader))) this.#passOn(message, from, lanes.intents);
        return;
      case serfMessageType.userEvent:
        if (userEvents.receive(readEvent(reader))) this.#passOn(message, from, lanes.userEvents);
        return;
      case serfMessageType.query:
        if (this.#parts.receiveQuery(reader)) this.#passOn(message, from, lanes.queries);
        return;
      case serfMessageType.queryResponse:
        return this.#parts.receiveQueryResponse(reader, from);
      case serfMessageType.relay:
        return this.#parts.receiveRelay(reader);
      default:
        log.error(`Received message of unknown type: ${message[0]}`);
    }
  }

  /** Refuses what no honest peer passes on, before it is read and kept. */
  #checkSize(message: Uint8Array): void {
    if (message.length <= maxGossipSize) return;
    throw new WireError(
      "too-large",
      `${message.length} bytes exceed the limit of ${maxGossipSize}`,
    );
  }

  /** Queues a message byte for byte: encoding it again would lose what a newer peer added. */
  #passOn(message: Uint8Array, from: Address | undefined, queue: BroadcastQueue): void {
    // Nodes in one process share what is said about members, for each of which there is some.
    const kept = queue === this.#parts.lanes.intents ? keepBytes(message) : message.slice();
    queue.add({ message: kept, from });
    this.#parts.queueDepth.contain(queue);
  }
}
