/**
 * Records on their way to one client: events, log entries, or answers to a query.
 *
 * A client that reads slowly must not slow down the agent or anybody else, so what
 * finds no room is dropped, with a warning (rpc.md section 10). Only a few records are
 * handed to the connection at a time; all others wait here.
 */

import { errorText } from "../../ports/error_text.ts";
import type { ConnectedClient } from "./connected_client.ts";
import { DropCounter } from "./drop_counter.ts";

/** How many records of a stream wait for a client. */
export const recordLimit = 512;

/** What a subscription needs of a client. */
export type ClientView = Pick<ConnectedClient, "clock" | "log" | "peer">;

/** What a subscription sends. */
export interface SubscriptionOptions<T> {
  /** How many records wait; {@linkcode recordLimit} by default. */
  readonly limit?: number;
  /** How many records are handed to the connection at a time; 1 by default. */
  readonly window?: number;
  /** What log lines call records that found no room. */
  readonly droppedName: string;
  /** What log lines call a record that could not be sent. */
  readonly nameOf: (record: T) => string;
  /** Hands a record to the connection and waits until it is written; rejects if that fails. */
  readonly send: (record: T) => Promise<void>;
  /** Begins to listen to what `push` is called for, and returns what ends that. */
  readonly follow?: (push: (record: T) => void) => () => void;
  /** Runs once, when nothing more will be sent. */
  readonly onStop?: () => void;
}

/** A bounded queue that sends its records one after another, once it is started. */
export class Subscription<T> {
  readonly #client: ClientView;
  readonly #options: SubscriptionOptions<T>;
  readonly #drops: DropCounter;
  #waiting: T[] = [];
  #sending = 0;
  #isStarted = false;
  #isStopped = false;
  #unfollow: (() => void) | undefined;

  constructor(client: ClientView, options: SubscriptionOptions<T>) {
    this.#client = client;
    this.#options = options;
    this.#drops = new DropCounter(client.clock, (dropped) => {
      const count = dropped === 1 ? "" : ` (${dropped} dropped)`;
      const line = `Dropping ${options.droppedName} to ipc.client: ${client.peer}${count}`;
      client.log.warn(line, { dropped });
    });
  }

  /** Whether the warning about drops is being logged right now. */
  get isWarning(): boolean {
    return this.#drops.isWarning;
  }

  /** Adds a record; an essential one always finds room. */
  push(record: T, isEssential = false): void {
    if (this.#isStopped) return;
    const { limit = recordLimit } = this.#options;
    if (this.#waiting.length >= limit && !isEssential) return this.#drops.count();
    this.#waiting.push(record);
    this.#run();
  }

  /**
   * Begins to send, with what was added before. To be called once the client has its
   * answer, so that no record precedes that. Does nothing after `stop`.
   */
  start(): void {
    if (this.#isStopped) return;
    this.#isStarted = true;
    this.#run();
    this.#unfollow = this.#options.follow?.((record) => this.push(record));
  }

  /** Drops what waits and sends no more. Idempotent. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#waiting = [];
    this.#unfollow?.();
    this.#drops.stop();
    this.#options.onStop?.();
  }

  /** Hands over what the window has room for. */
  #run(): void {
    const { window = 1 } = this.#options;
    while (this.#isStarted && this.#sending < window) {
      const record = this.#waiting.shift();
      if (record === undefined) return;
      void this.#send(record);
    }
  }

  /** Sends one record and then what may follow it; never rejects. */
  async #send(record: T): Promise<void> {
    this.#sending++;
    try {
      await this.#options.send(record);
    } catch (error) {
      if (!this.#isStopped) this.#fail(record, error);
    }
    this.#sending--;
    this.#run();
  }

  #fail(record: T, error: unknown): void {
    this.stop();
    const what = this.#options.nameOf(record);
    const { log, peer } = this.#client;
    log.error(`Failed to stream ${what} to ipc.client: ${peer}: ${errorText(error)}`);
  }
}
