/**
 * A query under way at the node that asked: gathers what comes back until the
 * time is over (gossip.md section 24.6).
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import type { Address } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { LamportTime } from "../lamport_clock.ts";
import type { QueryAudience } from "./query_audience.ts";
import { ackFlag, noAnswerFlag, type QueryResponse } from "./query_messages.ts";

/** Hears what comes back for a query, inside a turn. */
export interface QueryHandlers {
  onAck(from: string): void;
  /** Whether an answer that came from `source` may be that of `from`; all may by default. */
  accepts?(from: string, source: Address | undefined): boolean;
  /** The payload is borrowed. */
  onResponse(from: string, payload: Uint8Array): void;
  /** Once, when the time is over or all have answered, and nothing after it. */
  onDone(): void;
}

/** What a running query is built from. */
export interface RunningQueryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly ltime: LamportTime;
  readonly id: number;
  readonly wantsAck: boolean;
  readonly timeout: Milliseconds;
  /** How long to listen on even so: members that joined just now answer, too. */
  readonly grace?: Milliseconds;
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

/** Collects the acks and responses of one query. */
export class RunningQuery {
  readonly #options: RunningQueryOptions;
  readonly #acked = new Set<string>();
  readonly #responded = new Set<string>();
  /** Who acknowledged and will not answer, until the audience is known. */
  readonly #unwilling = new Set<string>();
  #timer: Timer;
  #isEnding = false;
  #isOver = false;
  #hasComplained = false;
  #audience: QueryAudience | undefined;
  /** On the local clock: what comes later is not heard. */
  readonly deadline: Milliseconds;

  constructor(options: RunningQueryOptions) {
    this.#options = options;
    this.deadline = options.clock.now() + options.timeout;
    this.#timer = options.clock.after(options.timeout, () => this.finish());
  }

  get ltime(): LamportTime {
    return this.#options.ltime;
  }

  get id(): number {
    return this.#options.id;
  }

  /** Whether nothing more will be heard. */
  get isOver(): boolean {
    return this.#isOver;
  }

  hasAnswered(name: string): boolean {
    return this.#responded.has(name);
  }

  /** Hears who is meant: the query is to end when all of them have answered, also before this. */
  awaitOnly(audience: QueryAudience): void {
    this.#audience = audience;
    for (const from of this.#acked) audience.noteAck(from, this.#unwilling.has(from));
    for (const from of this.#responded) audience.noteResponse(from);
    if (audience.isSatisfied) this.#finishSoon();
  }

  /** Stops listening without a word. Harmless twice. */
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
    if (this.#isOver || this.#options.clock.now() > this.deadline) return;
    const { handlers } = this.#options;
    if (handlers.accepts?.(from, source) === false) return;
    const audience = this.#audience;
    if ((flags & ackFlag) !== 0) {
      audience?.noteAck(from, (flags & noAnswerFlag) !== 0);
      if (!audience && (flags & noAnswerFlag) !== 0) this.#unwilling.add(from);
      if (this.#options.wantsAck && this.#isNews(this.#acked, from, "ack")) handlers.onAck(from);
    } else {
      audience?.noteResponse(from);
      if (this.#isNews(this.#responded, from, "response")) {
        handlers.onResponse(from, payload ?? emptyBytes);
      }
    }
    if (audience?.isSatisfied) this.#finishSoon();
  }

  #finishSoon(): void {
    if (this.#isOver || this.#isEnding) return;
    this.#isEnding = true;
    const { clock, grace = 0 } = this.#options;
    this.#timer.cancel();
    const left = Math.min(grace, this.deadline - clock.now());
    this.#timer = clock.after(left, () => this.finish());
  }

  #isNews(heard: Set<string>, from: string, what: string): boolean {
    const { meter } = this.#options;
    if (heard.has(from)) {
      meter.count(`serf.query_duplicate_${what}s`, 1);
      return false;
    }
    meter.count(`serf.query_${what}s`, 1);
    if (heard.size >= this.#options.capacity) {
      this.#complain(`Failed to deliver query ${what}, dropping`);
      return false;
    }
    heard.add(from);
    return true;
  }

  /** Warns once: whoever floods a query with answers shall not flood the log as well. */
  #complain(message: string): void {
    if (!this.#hasComplained) this.#options.log.warn(message);
    this.#hasComplained = true;
  }
}
