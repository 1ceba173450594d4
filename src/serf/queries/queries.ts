/**
 * Queries: asked here or anywhere, judged once, answered directly
 * (gossip.md section 24).
 *
 * Like user events, queries are remembered by Lamport time, so that one heard
 * again is recognised. Unlike events they have a way back: acks and responses
 * go straight to the member that asked.
 */

import type { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import type { Steps } from "../../bytes/steps.ts";
import type { Asker } from "../../memberlist/packets/asker.ts";
import { SlicedWork } from "../../memberlist/sliced_work.ts";
import { type Address, addressFromBytes } from "../../ports/address.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Random } from "../../ports/random.ts";
import { done, failure, type Result, success } from "../../ports/result.ts";
import type { QueryEvent } from "../event.ts";
import { pingQuery } from "./internal_queries.ts";
import type { LamportClock, LamportTime } from "../lamport_clock.ts";
import type { SerfMember } from "../member.ts";
import { type AudienceFilters, meantMembers, QueryAudience } from "./query_audience.ts";
import { encodeFilters, QueryFilters } from "./query_filter.ts";
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
export const maxRunningQueries = 8192;
/** An answer takes at most this many second paths. */
const maxRelayFactor = 255;
/** A query passes on at most this many acks and responses for each member alive when it was asked… */
const answersPerMember = 2;
/** …and this many more: who joins or recovers meanwhile answers too. */
const spareAnswers = 256;
/** Whoever kept silent for this share of the timeout may be asked again… */
const silentShare = 0.25;
/** …but no more members than the buffers of sockets hold. */
const mostAskedAgain = 256;
/** The longest timeout that is kept exactly; the wire has room for 292 years. */
const longestTimeout: Milliseconds = 2 ** 43;
const nanosecondsPerMillisecond = 1_000_000;

/** How a query is asked. */
export interface QueryOptions {
  /** Names of the members that are meant; all by default. */
  readonly filterNodes?: readonly string[];
  /** RE2 expressions by tag, unanchored; a member must match all of them. */
  readonly filterTags?: ReadonlyMap<string, string>;
  /** Whether every member that is meant acknowledges, answer or not. */
  readonly requestAck?: boolean;
  /** Over how many other members each answer also goes, 0 to 255. */
  readonly relayFactor?: number;
  /**
   * How long answers are awaited.
   *
   * By default, and for 0, it follows the size of the cluster; below 0 the query
   * ends at once.
   */
  readonly timeout?: Milliseconds;
  /** Whether to listen all that time, even if everybody who is meant has answered. */
  readonly untilTimeout?: boolean;
  /** Whether members that keep silent are asked again, directly and under every key of the ring. */
  readonly asksAgain?: boolean;
}

/** What queries work with. */
export interface QueriesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly queryClock: LamportClock;
  /** How many Lamport times back queries are remembered. */
  readonly buffer: number;
  readonly querySizeLimit: number;
  readonly responseSizeLimit: number;
  /** The default timeout for a cluster of the present size. */
  readonly defaultTimeout: () => Milliseconds;
  /** The number of members alive or suspect. */
  readonly aliveCount: () => number;
  /** Every member, in any status. */
  readonly members: () => Iterable<SerfMember>;
  /** Whether a member can answer at all. */
  readonly isAlive: (name: string) => boolean;
  /** How long to listen on when everybody has answered. */
  readonly grace: Milliseconds;
  /** This node as others see it. */
  readonly self: () => Pick<SerfMember, "name" | "tags" | "ip" | "address">;
  readonly relay: QueryRelay;
  /** Whether anybody here might answer a query of this name. */
  readonly mayAnswer: (name: string) => boolean;
  /** Answers Serf's own queries, also those that this node asked; returns whether this was one. */
  readonly answerInternally: (query: QueryEvent, isOwn: boolean) => boolean;
  readonly emit: (event: QueryEvent) => void;
  /** Queues an own message for gossip and keeps it. */
  readonly broadcast: (message: Uint8Array) => void;
  /** Sends a message straight to an address, once under each key. */
  readonly sendUnderEveryKey: (to: Address, message: Uint8Array) => void;
  /** Sends a message straight to the one who asked. */
  readonly answer: (asker: Asker, message: Uint8Array) => void;
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
  readonly #options: QueriesOptions;
  readonly #slots: (Slot | undefined)[];
  readonly #running = new Map<LamportTime, RunningQuery>();
  readonly #writer = new MsgpackWriter("raw");
  readonly #work: SlicedWork;
  readonly #filters: QueryFilters;
  #minTime: LamportTime = 0;

  constructor(options: QueriesOptions) {
    this.#options = options;
    this.#work = new SlicedWork(options);
    this.#filters = new QueryFilters(options);
    this.#slots = new Array<Slot | undefined>(options.buffer).fill(undefined);
  }

  /** How many own queries are under way. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Queries before this time are not delivered. */
  get minTime(): LamportTime {
    return this.#minTime;
  }

  /** From now on, queries before `time` are not delivered. */
  ignoreBefore(time: LamportTime): void {
    this.#minTime = Math.max(this.#minTime, time);
  }

  /** Ends all own queries, so that whoever asked stops waiting. */
  stop(): void {
    this.#work.stop();
    for (const query of [...this.#running.values()]) query.finish();
  }

  /** Asks the cluster, this node included. Fails if the query is too long or oddly relayed. */
  ask(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions,
    handlers: QueryHandlers,
  ): Result<RunningQuery> {
    const { queryClock, querySizeLimit, broadcast } = this.#options;
    if (this.#running.size >= maxRunningQueries) return failure("too many queries are running");
    const { relayFactor = 0 } = options;
    if (!Number.isInteger(relayFactor) || relayFactor < 0 || relayFactor > maxRelayFactor) {
      return failure(`Relay factor must be between 0 and ${maxRelayFactor}`);
    }
    const wanted = options.timeout || this.#options.defaultTimeout();
    const timeout = Math.max(-longestTimeout, Math.min(wanted, longestTimeout));
    const query = this.#compose(name, payload, { ...options, relayFactor }, timeout);
    this.#writer.reset();
    writeQuery(this.#writer, query);
    if (this.#writer.length > querySizeLimit) {
      return failure(`query exceeds limit of ${querySizeLimit} bytes`);
    }

    const message = this.#writer.copy();
    queryClock.increment();
    const running = this.#listen(query, timeout, options, handlers);
    this.#judge(query, true);
    broadcast(message);
    if (options.asksAgain) {
      this.#options.clock.after(silentShare * timeout, () => this.#askSilent(message, running));
    }
    return success(running);
  }

  #askSilent(message: Uint8Array, running: RunningQuery): void {
    if (running.isOver) return;
    let asked = 0;
    for (const { name, status, address } of this.#options.members()) {
      if (status !== "alive" || running.hasAnswered(name)) continue;
      if (asked++ >= mostAskedAgain) return;
      this.#options.sendUnderEveryKey(address, message);
    }
  }

  /** Judges a query from gossip; returns whether it was news to pass on. */
  receive(reader: MsgpackReader): boolean {
    return this.#judge(readQuery(reader), false);
  }

  /** Takes an ack or a response for one of the own queries. */
  receiveResponse(reader: MsgpackReader, source?: Address): void {
    const { log } = this.#options;
    const response = readResponse(reader);
    if (log.debugEnabled) log.debug(`messageQueryResponseType: ${response.from}`);
    const query = this.#running.get(response.ltime);
    if (!query) {
      if (log.debugEnabled) {
        log.debug(
          `reply for non-running query (LTime: ${response.ltime}, ID: ${response.id}) ` +
            `From: ${response.from}`,
        );
      }
      return;
    }
    if (query.id !== response.id) {
      log.warn(`query reply ID mismatch (Local: ${query.id}, Response: ${response.id})`);
      return;
    }
    query.receive(response, source);
  }

  #compose(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions,
    timeout: Milliseconds,
  ): QueryMessage {
    const { queryClock, random } = this.#options;
    const self = this.#options.self();
    return {
      ltime: queryClock.time,
      id: random.below(2 ** 31),
      ip: self.ip,
      port: self.address.port,
      sourceNode: self.name,
      filters: encodeFilters(options.filterNodes ?? [], options.filterTags ?? new Map()),
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
    const { clock, grace, log, meter, aliveCount, isAlive, members } = this.#options;
    const wantsAck = (query.flags & queryFlag.wantsAck) !== 0;
    const running = new RunningQuery({
      clock,
      log,
      meter,
      ltime: query.ltime,
      id: query.id,
      wantsAck,
      timeout,
      grace,
      capacity: answersPerMember * aliveCount() + spareAnswers,
      handlers,
      closed: () => this.#running.delete(query.ltime),
    });
    this.#running.set(query.ltime, running);
    if (options.untilTimeout) return running;
    // Nobody answers a ping: the acks are all that comes.
    const awaited = { acks: wantsAck, answers: query.name !== pingQuery || !wantsAck };
    this.#work.run(audienceOf(members(), options), (meant) => {
      if (meant.ok) running.awaitOnly(new QueryAudience(meant.value, awaited, isAlive));
    });
    return running;
  }

  #judge(query: QueryMessage, isOwn: boolean): boolean {
    const { queryClock, log, meter } = this.#options;
    if (!queryClock.isPlausible(query.ltime)) {
      log.warn(
        `dropped query ${query.name} from time ${query.ltime}, ` +
          `too far ahead (current: ${queryClock.time})`,
      );
      return false;
    }
    queryClock.witness(query.ltime);
    if (query.ltime < this.#minTime) return false;
    if (query.ltime < queryClock.time - this.#slots.length) {
      log.warn(
        `received old query ${query.name} from time ${query.ltime} (current: ${queryClock.time})`,
      );
      return false;
    }
    if (!this.#remember(query)) return false;

    // An own leave asks whether all have heard of it: that is no query of anybody's.
    if (query.name !== pingQuery || !isOwn) {
      meter.count("serf.queries", 1);
      meter.count(`serf.queries.${query.name}`, 1);
    }
    return this.#handle(query, isOwn) && (query.flags & queryFlag.noBroadcast) === 0;
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
    const { emit, answerInternally } = this.#options;
    const { name, tags } = this.#options.self();
    const verdict = this.#filters.judge(query.filters, name, tags);
    if (verdict !== "meant") return verdict !== "refused";

    // What is kept for a later answer must not be a view of the packet.
    const kept = { ...query, ip: query.ip.slice(), filters: [] };
    if ((query.flags & queryFlag.wantsAck) !== 0) this.#acknowledge(kept);
    const event = this.#eventOf(kept, query.payload?.slice());
    if (!answerInternally(event, isOwn)) emit(event);
    return true;
  }

  #acknowledge(query: QueryMessage): void {
    const flags = this.#options.mayAnswer(query.name) ? ackFlag : ackFlag | noAnswerFlag;
    const ack = this.#encodeReply(query, flags, undefined);
    if (ack.ok) this.#reply(query, ack.value);
    else this.#options.log.error(`failed to send ack: ${ack.error.message}`);
  }

  #eventOf(query: QueryMessage, payload: Uint8Array | undefined): QueryEvent {
    const { clock } = this.#options;
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
    const { responseSizeLimit } = this.#options;
    this.#writer.reset();
    writeResponse(this.#writer, {
      ltime: query.ltime,
      id: query.id,
      from: this.#options.self().name,
      flags,
      payload,
    });
    if (this.#writer.length > responseSizeLimit) {
      return failure(`response exceeds limit of ${responseSizeLimit} bytes`);
    }
    return success(this.#writer.view());
  }

  /** Sends an encoded ack or response, directly and over relays. */
  #reply(query: QueryMessage, reply: Uint8Array): void {
    const { answer, relay, log } = this.#options;
    const address = addressFromBytes(query.ip, query.port);
    answer({ name: query.sourceNode, address }, reply);
    const relayed = relay.relay(query, reply);
    // The direct answer is on its way: a failed second path does not undo it.
    if (!relayed.ok) log.warn(`failed to relay a response: ${relayed.error.message}`);
  }
}

function* audienceOf(
  members: Iterable<SerfMember>,
  filters: AudienceFilters,
): Steps<Result<Set<string>>> {
  return success(yield* meantMembers(members, filters));
}
