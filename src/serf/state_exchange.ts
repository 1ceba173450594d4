/**
 * What two nodes tell each other on a push/pull: clocks, intents, events
 * (gossip.md section 28).
 *
 * Gossip may miss a node; this repairs it. What is learned here is not gossiped
 * on, because whoever lacks it will learn it the same way.
 */

import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { itemsPerSlice, type Steps } from "../bytes/steps.ts";
import type { Log } from "../ports/log.ts";
import { WireError } from "../wire/wire_error.ts";
import {
  type PushPullState,
  readPushPullInSteps,
  writePushPullInSteps,
} from "./push_pull_message.ts";
import type { Intents } from "./members/intents.ts";
import type { LamportClock, LamportTime } from "./lamport_clock.ts";
import type { MemberBook } from "./members/member_book.ts";
import { serfMessageType } from "./message_type.ts";
import type { UserEvents } from "./events/user_events.ts";

/** The three logical clocks of a node (gossip.md section 20). */
export interface LamportClocks {
  readonly member: LamportClock;
  readonly event: LamportClock;
  readonly query: LamportClock;
}

/** What a state exchange works with. */
export interface StateExchangeOptions {
  readonly clocks: LamportClocks;
  readonly book: MemberBook;
  readonly intents: Intents;
  readonly userEvents: UserEvents;
  readonly log: Log;
  /** Whether a join ignores events from before it. */
  readonly ignoresOldEvents: () => boolean;
  /** Hears the query time of a member that this node asked. */
  readonly learnQueryTime: (time: LamportTime) => void;
  /** Hears that this node joined, or was joined by another. */
  readonly joined: () => void;
}

/** Tells and takes the state of the Serf layer. */
export class StateExchange {
  readonly #options: StateExchangeOptions;
  #lastLength = 0;

  constructor(options: StateExchangeOptions) {
    this.#options = options;
  }

  /** The own state is the same as long as this is. */
  get stamp(): string {
    const { book, clocks: { event, member, query }, userEvents } = this.#options;
    return `${member.time} ${event.time} ${query.time} ${book.version} ${userEvents.version}`;
  }

  /** Returns the own state, as it is at the first step. */
  *localState(): Steps<Uint8Array> {
    const { book, clocks, userEvents } = this.#options;
    const records = [...book.records()];
    // Only the times of records change.
    const times = Float64Array.from(records, ({ statusTime }) => statusTime);
    const statusTimes = {
      size: records.length,
      *[Symbol.iterator](): Generator<[string, LamportTime]> {
        for (let i = 0; i < times.length; i++) yield [records[i]!.member.name, times[i]!];
      },
    };
    const writer = new MsgpackWriter("raw", this.#lastLength + 1024);
    yield* writePushPullInSteps(writer, {
      memberTime: clocks.member.time,
      eventTime: clocks.event.time,
      queryTime: clocks.query.time,
      statusTimes,
      leftMembers: [...book.left],
      eventSlots: [...userEvents.slots],
    });
    this.#lastLength = writer.length;
    return writer.view();
  }

  /**
   * Takes the state of another node.
   *
   * @param joining whether the exchange was part of a join.
   * @param isReply whether this node asked for it.
   */
  *merge(message: Uint8Array, joining: boolean, isReply: boolean): Steps<void> {
    const state = yield* this.#read(message);
    if (!state) return;

    this.#witness(state);
    if (isReply) this.#options.learnQueryTime(state.queryTime);
    yield* this.#mergeIntents(state);
    if (joining && this.#options.ignoresOldEvents()) {
      this.#options.userEvents.ignoreBefore(state.eventTime);
    }
    yield* this.#mergeEvents(state);
    if (joining) this.#options.joined();
  }

  *#read(message: Uint8Array): Steps<PushPullState | undefined> {
    const { log } = this.#options;
    if (message[0] !== serfMessageType.pushPull) {
      log.error(`Remote state has bad type prefix: ${message[0] ?? "none"}`);
      return undefined;
    }
    try {
      return yield* readPushPullInSteps(new MsgpackReader(message, 1));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      log.error(`Failed to decode remote state: ${error.message}`);
      return undefined;
    }
  }

  /** The other side sends the times its next messages will have, so one less has happened. */
  #witness(state: PushPullState): void {
    const { clocks } = this.#options;
    if (state.memberTime > 0) clocks.member.witness(state.memberTime - 1);
    if (state.eventTime > 0) clocks.event.witness(state.eventTime - 1);
    if (state.queryTime > 0) clocks.query.witness(state.queryTime - 1);
  }

  *#mergeIntents({ leftMembers, statusTimes }: PushPullState): Steps<void> {
    const { intents } = this.#options;
    const left = new Set(leftMembers);
    let merged = 0;
    for (const node of left) {
      // One later than the status: the leave must beat the join it followed.
      const ltime = (statusTimes.get(node) ?? 0) + 1;
      intents.receiveLeave({ node, ltime, prune: false });
      if (++merged % itemsPerSlice === 0) yield;
    }
    for (const [node, ltime] of statusTimes) {
      if (!left.has(node)) intents.receiveJoin({ node, ltime });
      if (++merged % itemsPerSlice === 0) yield;
    }
  }

  *#mergeEvents({ eventSlots }: PushPullState): Steps<void> {
    let merged = 0;
    for (const slot of eventSlots) {
      for (const { name, payload } of slot?.events ?? []) {
        this.#options.userEvents.receive({ ltime: slot!.ltime, name, payload });
        if (++merged % itemsPerSlice === 0) yield;
      }
    }
  }
}
