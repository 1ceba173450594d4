/**
 * Queries: asked here or anywhere, judged once, answered directly (gossip.md section 24).
 *
 * Like user events they are remembered by Lamport time, to recognise one that comes again. Acks
 * and responses go straight to the member that asked.
 */

import type { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { SlicedWork } from "../../memberlist/sliced_work.ts";
import { type Address, addressFromBytes } from "../../ports/address.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import { done, failure, type Result, success } from "../../ports/result.ts";
import type { QueryEvent } from "../event.ts";
import type { EventPipeline } from "../events/event_pipeline.ts";
import type { LamportClock, LamportTime } from "../lamport_clock.ts";
import type { MemberBook } from "../members/member_book.ts";
import type { SerfNode } from "../node.ts";
import { internalPrefix, type InternalQueries, pingQuery } from "./internal_queries.ts";
import { meantMembers, QueryAudience } from "./query_audience.ts";
import { encodeFilters, QueryFilters, type TagExpressions } from "./query_filter.ts";
import {
  ackFlag,
  noAnswerFlag,
  queryFlag,
  type QueryMessage,
  readQuery,
  readResponse,
  writeQuery,
  writeResponse,
} from "./query_messages.ts";
import type { QueryRelay } from "./query_relay.ts";
import { type QueryHandlers, RunningQuery } from "./running_query.ts";

export type { QueryHandlers } from "./running_query.ts";

/** At most this many different queries are taken for one Lamport time. */
export const maxQueriesPerSlot = 4096;
/** At most this many own queries may be under way. */
const maxRunningQueries = 8192;
/** An answer takes at most this many second paths. */
const maxRelayFactor = 255;
/** A query passes on at most this many acks and responses for each member alive when it was asked… */
const answersPerMember = 2;
/** …and this many more: members that join or recover meanwhile answer too. */
const spareAnswers = 256;
/** A member silent for this share of the timeout may be asked again… */
const silentShare = 0.25;
/** …but no more members than the buffers of sockets hold. */
const mostAskedAgain = 256;
/** The longest timeout that is kept exactly; the wire has room for 292 years. */
const longestTimeout: Milliseconds = 2 ** 43;
const nanosecondsPerMillisecond = 1_000_000;

/** How a query is asked. */
export interface QueryOptions {
  /**
   * Names of the members that are meant.
   * @default {all}
   */
  readonly filterNodes?: readonly string[];
  /**
   * RE2 expressions by tag, unanchored; a member must match all of them.
   * @default {none}
   */
  readonly filterTags?: TagExpressions;
  /**
   * Whether every member that is meant acknowledges, answer or not.
   * @default {false}
   */
  readonly requestAck?: boolean;
  /**
   * The number of other members through which each answer is also sent, 0 to 255.
   * @default {0}
   */
  readonly relayFactor?: number;
  /**
   * How long answers are awaited, in milliseconds; below 0 the query ends at once.
   * @default {0, which follows the size of the cluster}
   */
  readonly timeout?: Milliseconds;
  /**
   * Whether to listen until the timeout even if every member that is meant has answered.
   *
   * Nobody can know more members than this node does.
   * @default {false}
   */
  readonly untilTimeout?: boolean;
}

/** How Serf itself asks. */
export interface InternalQueryOptions extends QueryOptions {
  /** Whether members that keep silent are asked again, directly and under every key of the ring. */
  readonly asksAgain?: boolean;
}

/** The parts of a node that queries need. */
export interface QueriesParts {
  readonly book: Pick<MemberBook, "isAlive" | "members" | "self">;
  readonly relay: Pick<QueryRelay, "relay">;
  readonly internalQueries: Pick<InternalQueries, "answer">;
  readonly pipeline: Pick<EventPipeline, "enter" | "record">;
  /** Whether an application here might answer a query of this name. */
  readonly mayAnswer: (name: string) => boolean;
}

interface Slot {
  readonly ltime: LamportTime;
  readonly ids: Set<number>;
}

/** How long a query waits for answers in a cluster of `aliveCount` if nobody says otherwise. */
export function defaultQueryTimeout(
  gossipInterval: Milliseconds,
  timeoutMult: number,
  aliveCount: number,
): Milliseconds {
  return gossipInterval * timeoutMult * Math.ceil(Math.log10(aliveCount + 1));
}

/** Asks, judges and answers queries. */
export class Queries {
  readonly #node: SerfNode;
  readonly #clock: LamportClock;
  readonly #parts: QueriesParts;
  readonly #slots: (Slot | undefined)[];
  readonly #running = new Map<LamportTime, RunningQuery>();
  readonly #writer = new MsgpackWriter("raw");
  readonly #work: SlicedWork;
  readonly #filters: QueryFilters;
  #minTime: LamportTime = 0;

  constructor(node: SerfNode, parts: QueriesParts) {
    this.#node = node;
    this.#clock = node.clocks.query;
    this.#parts = parts;
    this.#work = new SlicedWork(node);
    this.#filters = new QueryFilters(node);
    this.#slots = new Array<Slot | undefined>(node.config.queryBuffer).fill(undefined);
  }

  /** Queries before this time are not delivered. */
  get minTime(): LamportTime {
    return this.#minTime;
  }

  /** From now on, queries before `time` are not delivered. */
  ignoreBefore(time: LamportTime): void {
    this.#minTime = Math.max(this.#minTime, time);
  }

  /** Ends all own queries, so that nobody goes on waiting. */
  stop(): void {
    this.#work.stop();
    for (const query of [...this.#running.values()]) query.finish();
  }

  /** Asks the cluster, this node included. Fails if the query is too long or oddly relayed. */
  ask(
    name: string,
    payload: Uint8Array | undefined,
    options: InternalQueryOptions,
    handlers: QueryHandlers,
  ): Result<RunningQuery> {
    const { clock, config: { memberlist, querySizeLimit, queryTimeoutMult }, lanes } = this.#node;
    if (this.#running.size >= maxRunningQueries) return failure("too many queries are running");
    const { relayFactor = 0 } = options;
    if (!Number.isInteger(relayFactor) || relayFactor < 0 || relayFactor > maxRelayFactor) {
      return failure(`Relay factor must be between 0 and ${maxRelayFactor}`);
    }
    const { aliveCount } = this.#node.memberlist;
    const wanted = options.timeout ||
      defaultQueryTimeout(memberlist.gossipInterval, queryTimeoutMult, aliveCount);
    const timeout = Math.max(-longestTimeout, Math.min(wanted, longestTimeout));
    const query = this.#compose(name, payload, options, timeout);
    this.#writer.reset();
    writeQuery(this.#writer, query);
    if (this.#writer.length > querySizeLimit) {
      return failure(`query exceeds limit of ${querySizeLimit} bytes`);
    }

    const message = this.#writer.copy();
    this.#clock.increment();
    const running = this.#listen(query, timeout, options, handlers);
    this.#judge(query, true);
    lanes.add("queries", { message });
    if (options.asksAgain) {
      clock.after(silentShare * timeout, () => this.#askSilent(message, running));
    }
    return success(running);
  }

  #askSilent(message: Uint8Array, running: RunningQuery): void {
    if (running.isOver) return;
    let asked = 0;
    for (const { name, status, address } of this.#parts.book.members()) {
      if (status !== "alive" || running.hasAnswered(name)) continue;
      if (asked++ >= mostAskedAgain) return;
      this.#node.memberlist.sendUnderEveryKey(address, message);
    }
  }

  /** Judges a query from gossip; returns whether it was news to pass on. */
  receive(reader: MsgpackReader): boolean {
    return this.#judge(readQuery(reader), false);
  }

  /** Takes an ack or a response for one of the own queries. */
  receiveResponse(reader: MsgpackReader, source?: Address): void {
    const { log } = this.#node;
    const response = readResponse(reader);
    if (log.debugEnabled) log.debug(`messageQueryResponseType: ${response.from}`);
    const running = this.#running.get(response.ltime);
    if (!running) {
      if (log.debugEnabled) {
        log.debug(
          `reply for non-running query (LTime: ${response.ltime}, ID: ${response.id}) ` +
            `From: ${response.from}`,
        );
      }
      return;
    }
    const { id } = running.query;
    if (id === response.id) return running.receive(response, source);
    log.warn(`query reply ID mismatch (Local: ${id}, Response: ${response.id})`);
  }

  #compose(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions,
    timeout: Milliseconds,
  ): QueryMessage {
    const { self } = this.#parts.book;
    return {
      ltime: this.#clock.time,
      id: this.#node.random.below(2 ** 31),
      ip: self.ip,
      port: self.address.port,
      sourceNode: self.name,
      filters: encodeFilters(options.filterNodes ?? [], options.filterTags ?? {}),
      flags: options.requestAck ? queryFlag.wantsAck : 0,
      relayFactor: options.relayFactor ?? 0,
      timeout: BigInt(Math.round(timeout * nanosecondsPerMillisecond)),
      name,
      payload,
    };
  }

  #listen(
    query: QueryMessage,
    timeout: Milliseconds,
    options: QueryOptions,
    handlers: QueryHandlers,
  ): RunningQuery {
    const { book } = this.#parts;
    const running = new RunningQuery(this.#node, {
      query,
      timeout,
      capacity: answersPerMember * this.#node.memberlist.aliveCount + spareAnswers,
      handlers,
      closed: () => this.#running.delete(query.ltime),
    });
    this.#running.set(query.ltime, running);
    if (options.untilTimeout) return running;
    const acks = (query.flags & queryFlag.wantsAck) !== 0;
    // Nobody answers a ping: the acks are all that comes.
    const awaited = { acks, answers: query.name !== pingQuery || !acks };
    this.#work.run(meantMembers(book.members(), options), (meant) => {
      if (!meant.ok) return;
      const isAlive = (name: string) => book.isAlive(name);
      running.awaitOnly(new QueryAudience(meant.value, awaited, isAlive));
    });
    return running;
  }

  #judge(query: QueryMessage, isOwn: boolean): boolean {
    const { clock, observer } = this.#node;
    const { ltime, name } = query;
    if (!this.#clock.isPlausible(ltime)) return this.#drop("too-far-ahead", query);
    this.#clock.witness(ltime);
    if (ltime < this.#minTime) return false;
    if (ltime < this.#clock.time - this.#slots.length) return this.#drop("too-old", query);
    if (!this.#remember(query)) return false;

    // An own leave asks whether all have received it: no application asks that.
    if (name !== pingQuery || !isOwn) {
      observer?.note({ type: "query-taken", at: clock.now(), name, ltime, by: query.sourceNode });
    }
    return this.#handle(query, isOwn) && (query.flags & queryFlag.noBroadcast) === 0;
  }

  #drop(why: "too-old" | "too-far-ahead", { ltime, name }: QueryMessage): false {
    const { clock, observer } = this.#node;
    const now = this.#clock.time;
    observer?.note({ type: "query-dropped", at: clock.now(), why, name, ltime, now });
    return false;
  }

  /** Remembers a query unless it is there already; returns whether it was not. */
  #remember({ ltime, id }: QueryMessage): boolean {
    const index = ltime % this.#slots.length;
    let slot = this.#slots[index];
    if (slot?.ltime !== ltime) slot = this.#slots[index] = { ltime, ids: new Set() };
    if (slot.ids.has(id) || slot.ids.size >= maxQueriesPerSlot) return false;
    slot.ids.add(id);
    return true;
  }

  /** Answers a query if it is meant for this node; returns whether it may be passed on. */
  #handle(query: QueryMessage, isOwn: boolean): boolean {
    const { book, internalQueries, pipeline } = this.#parts;
    const { name, tags } = book.self;
    const verdict = this.#filters.judge(query.filters, name, tags);
    if (verdict !== "meant") return verdict !== "refused";

    // What is kept for a later answer must not be a view of the packet.
    const kept = { ...query, ip: query.ip.slice(), filters: [] };
    if ((query.flags & queryFlag.wantsAck) !== 0) this.#acknowledge(kept);
    const event = this.#eventOf(kept, query.payload?.slice());
    pipeline.record(event);
    if (!internalQueries.answer(event, isOwn)) pipeline.enter(event);
    return true;
  }

  #acknowledge(query: QueryMessage): void {
    const flags = this.#mayAnswer(query.name) ? ackFlag : ackFlag | noAnswerFlag;
    const ack = this.#encodeReply(query, flags, undefined);
    if (ack.ok) this.#reply(query, ack.value);
    else this.#node.log.error(`failed to send ack: ${ack.error.message}`);
  }

  #mayAnswer(name: string): boolean {
    if (name.startsWith(internalPrefix)) return name !== pingQuery;
    return this.#parts.mayAnswer(name);
  }

  #eventOf(query: QueryMessage, payload: Uint8Array | undefined): QueryEvent {
    const { clock } = this.#node;
    const timeout = Number(query.timeout) / nanosecondsPerMillisecond;
    const deadline = clock.now() + Math.min(timeout, longestTimeout);
    let isAnswered = false;
    return {
      type: "query",
      ltime: query.ltime,
      id: query.id,
      name: query.name,
      payload,
      source: query.sourceNode,
      deadline,
      respond: (answer) => {
        const response = this.#encodeReply(query, 0, answer);
        if (!response.ok) return response;
        if (isAnswered) return failure("response already sent");
        if (clock.now() > deadline) return failure("response is past the deadline");
        isAnswered = true;
        this.#reply(query, response.value);
        return done;
      },
    };
  }

  /** Encodes an ack or a response, as a view of the own writer. Fails if it is too long. */
  #encodeReply(
    query: QueryMessage,
    flags: number,
    payload: Uint8Array | undefined,
  ): Result<Uint8Array> {
    const { name, queryResponseSizeLimit } = this.#node.config;
    this.#writer.reset();
    writeResponse(this.#writer, {
      ltime: query.ltime,
      id: query.id,
      from: name,
      flags,
      payload,
    });
    if (this.#writer.length > queryResponseSizeLimit) {
      return failure(`response exceeds limit of ${queryResponseSizeLimit} bytes`);
    }
    return success(this.#writer.view());
  }

  /** Sends an encoded ack or response, directly and over relays. */
  #reply(query: QueryMessage, reply: Uint8Array): void {
    const { log, memberlist } = this.#node;
    const address = addressFromBytes(query.ip, query.port);
    memberlist.sendAnswer({ name: query.sourceNode, address }, reply);
    const relayed = this.#parts.relay.relay(query, reply);
    // The direct answer is on its way: a failed second path does not undo it.
    if (!relayed.ok) log.warn(`failed to relay a response: ${relayed.error.message}`);
  }
}
