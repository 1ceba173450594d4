/**
 * A query under way at the node that asked: gathers what comes back until the
 * time is over (gossip.md section 24.6).
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import type { Address } from "../../ports/address.ts";
import type { Milliseconds, Timer } from "../../ports/clock.ts";
import type { SerfNode } from "../node.ts";
import type { QueryAudience } from "./query_audience.ts";
import {
  ackFlag,
  noAnswerFlag,
  queryFlag,
  type QueryMessage,
  type QueryResponse,
} from "./query_messages.ts";

/** Takes what comes back for a query. */
export interface QueryListener {
  /** A member has received the query. */
  onAck(from: string): void;
  /** A member has answered. The payload is the listener's to keep. */
  onResponse(from: string, payload: Uint8Array): void;
  /** Once, when the time is over or all have answered, and nothing after it. */
  onDone(): void;
}

/** A listener inside a turn, which may choose which answers to believe. */
export interface QueryHandlers extends QueryListener {
  /** Whether an answer that came from `source` may be that of `from`; all may by default. */
  accepts?(from: string, source: Address | undefined): boolean;
}

/** How a query listens. */
export interface RunningQueryOptions {
  readonly query: Pick<QueryMessage, "flags" | "id" | "ltime">;
  readonly timeout: Milliseconds;
  /**
   * Most acks, and most responses, that are passed on.
   *
   * It only keeps forged answers from piling up. Members that join or recover while
   * the query runs answer too, so there must be room for more than were alive at first.
   */
  readonly capacity: number;
  readonly handlers: QueryHandlers;
  /** Runs once, when the query is over or cancelled. */
  readonly closed: () => void;
}

/**
 * A query that everybody has answered listens on for this many gossip intervals: members
 * that joined just now answer, too.
 */
const grace = 0.25;
/** Collects the acks and responses of one query. */
export class RunningQuery {
  readonly #node: SerfNode;
  readonly #options: RunningQueryOptions;
  readonly #acked = new Set<string>();
  readonly #responded = new Set<string>();
  /** The members that acknowledged and will not answer, until the audience is known. */
  readonly #unwilling = new Set<string>();
  #timer: Timer;
  #isEnding = false;
  #isOver = false;
  #hasComplained = false;
  #audience: QueryAudience | undefined;
  /** On the local clock: what comes later does not count. */
  readonly deadline: Milliseconds;

  constructor(node: SerfNode, options: RunningQueryOptions) {
    this.#node = node;
    this.#options = options;
    this.deadline = node.clock.now() + options.timeout;
    this.#timer = node.clock.after(options.timeout, () => this.finish());
  }

  /** What was asked. */
  get query(): RunningQueryOptions["query"] {
    return this.#options.query;
  }

  /** Whether nothing more will come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  hasAnswered(name: string): boolean {
    return this.#responded.has(name);
  }

  /** Ends the query once all of `audience` have answered, also before its time is over. */
  awaitOnly(audience: QueryAudience): void {
    this.#audience = audience;
    for (const from of this.#acked) audience.noteAck(from, this.#unwilling.has(from));
    for (const from of this.#responded) audience.noteResponse(from);
    if (audience.isSatisfied) this.#finishSoon();
  }

  /** Stops listening without a word. Idempotent. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#options.closed();
  }

  /** Ends the query and says so. */
  finish(): void {
    if (this.#isOver) return;
    this.cancel();
    this.#options.handlers.onDone();
  }

  /** Takes an answer; the relays may bring it several times. */
  receive({ flags, from, payload }: QueryResponse, source?: Address): void {
    if (this.#isOver || this.#node.clock.now() > this.deadline) return;
    const { handlers, query } = this.#options;
    if (handlers.accepts?.(from, source) === false) return;
    const audience = this.#audience;
    if ((flags & ackFlag) !== 0) {
      const isAll = (flags & noAnswerFlag) !== 0;
      audience?.noteAck(from, isAll);
      if (!audience && isAll) this.#unwilling.add(from);
      const wantsAck = (query.flags & queryFlag.wantsAck) !== 0;
      if (wantsAck && this.#isNews(this.#acked, from, "ack")) handlers.onAck(from);
    } else {
      audience?.noteResponse(from);
      if (this.#isNews(this.#responded, from, "response")) {
        handlers.onResponse(from, payload?.slice() ?? emptyBytes);
      }
    }
    if (audience?.isSatisfied) this.#finishSoon();
  }

  #finishSoon(): void {
    if (this.#isOver || this.#isEnding) return;
    this.#isEnding = true;
    const { clock, config } = this.#node;
    this.#timer.cancel();
    const left = this.deadline - clock.now();
    const wait = Math.min(grace * config.memberlist.gossipInterval, left);
    this.#timer = clock.after(wait, () => this.finish());
  }

  #isNews(known: Set<string>, from: string, what: "ack" | "response"): boolean {
    const { log, meter } = this.#node;
    if (known.has(from)) {
      meter.count(`serf.query_duplicate_${what}s`, 1);
      return false;
    }
    meter.count(`serf.query_${what}s`, 1);
    if (known.size < this.#options.capacity) {
      known.add(from);
      return true;
    }
    // Once: a flood of answers shall not flood the log as well.
    if (!this.#hasComplained) log.warn(`Failed to deliver query ${what}, dropping`);
    this.#hasComplained = true;
    return false;
  }
}
