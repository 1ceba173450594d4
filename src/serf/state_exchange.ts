/**
 * What two nodes tell each other on a push/pull: clocks, intents, events (gossip.md section 28).
 *
 * It repairs what gossip missed, and is not gossiped on: others learn it the same way.
 */

import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { itemsPerSlice, type Steps } from "../bytes/steps.ts";
import { WireError } from "../wire/wire_error.ts";
import type { UserEvents } from "./events/user_events.ts";
import type { LamportTime } from "./lamport_clock.ts";
import type { SerfMembers } from "./members/serf_members.ts";
import { serfMessageType } from "./message_type.ts";
import type { SerfNode } from "./node.ts";
import { type PushPullState, readPushPull, writePushPull } from "./push_pull_message.ts";
import type { KeyGuard } from "./queries/key_guard.ts";

/** Tells and takes the state of the Serf layer. */
export class StateExchange {
  readonly #node: SerfNode;
  readonly #members: Pick<SerfMembers, "book" | "intents" | "joining">;
  readonly #userEvents: UserEvents;
  readonly #keyGuard: Pick<KeyGuard, "learn">;
  #lastLength = 0;

  constructor(
    node: SerfNode,
    members: Pick<SerfMembers, "book" | "intents" | "joining">,
    userEvents: UserEvents,
    keyGuard: Pick<KeyGuard, "learn">,
  ) {
    this.#node = node;
    this.#members = members;
    this.#userEvents = userEvents;
    this.#keyGuard = keyGuard;
  }

  /** The own state is the same as long as this is. */
  get stamp(): string {
    const { event, member, query } = this.#node.clocks;
    const versions = `${this.#members.book.version} ${this.#userEvents.version}`;
    return `${member.time} ${event.time} ${query.time} ${versions}`;
  }

  /** Returns the own state, as it is at the first step. */
  *localState(): Steps<Uint8Array> {
    const { book } = this.#members;
    const { clocks } = this.#node;
    const entries = [...book.entries()];
    // The entries change meanwhile, but their names do not.
    const times = Float64Array.from(entries, ({ statusTime }) => statusTime);
    const statusTimes = {
      size: entries.length,
      *[Symbol.iterator](): Generator<[string, LamportTime]> {
        for (let i = 0; i < times.length; i++) yield [entries[i]!.member.name, times[i]!];
      },
    };
    const writer = new MsgpackWriter("raw", this.#lastLength + 1024);
    yield* writePushPull(writer, {
      memberTime: clocks.member.time,
      eventTime: clocks.event.time,
      queryTime: clocks.query.time,
      statusTimes,
      leftMembers: [...book.left],
      eventSlots: [...this.#userEvents.slots],
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
    if (isReply) this.#keyGuard.learn(state.queryTime);
    yield* this.#mergeIntents(state);
    if (joining && this.#members.joining.ignoresOldEvents) {
      this.#userEvents.ignoreBefore(state.eventTime);
    }
    yield* this.#mergeEvents(state);
    if (joining) this.#members.joining.isAway = false;
  }

  *#read(message: Uint8Array): Steps<PushPullState | undefined> {
    const { log } = this.#node;
    if (message[0] !== serfMessageType.pushPull) {
      log.error(`Remote state has bad type prefix: ${message[0] ?? "none"}`);
      return undefined;
    }
    try {
      return yield* readPushPull(new MsgpackReader(message, 1));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      log.error(`Failed to decode remote state: ${error.message}`);
      return undefined;
    }
  }

  /** The other side sends the times its next messages will have, so one less has happened. */
  #witness(state: PushPullState): void {
    const { clocks } = this.#node;
    if (state.memberTime > 0) clocks.member.witness(state.memberTime - 1);
    if (state.eventTime > 0) clocks.event.witness(state.eventTime - 1);
    if (state.queryTime > 0) clocks.query.witness(state.queryTime - 1);
  }

  *#mergeIntents({ leftMembers, statusTimes }: PushPullState): Steps<void> {
    const { intents } = this.#members;
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
        this.#userEvents.receive({ ltime: slot!.ltime, name, payload });
        if (++merged % itemsPerSlice === 0) yield;
      }
    }
  }
}
