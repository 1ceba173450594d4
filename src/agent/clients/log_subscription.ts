/**
 * The `monitor` command: the latest log entries and then new ones, to one client
 * (rpc.md section 6.2).
 *
 * The warning about entries dropped for this client is itself an entry. It is
 * kept from this client, or each warning would bring about the next.
 */

import { logRecord } from "../../rpc/commands.ts";
import type { Sequence } from "../../rpc/codec.ts";
import type { LogEntry, LogLevelName, Unsubscribe } from "../agent_control.ts";
import {
  type ClientView,
  logDrops,
  logSendFailure,
  recordLimit,
  type Subscription,
} from "./client_view.ts";
import { DropCounter } from "./drop_counter.ts";
import { RecordQueue } from "./record_queue.ts";

const levels: readonly LogLevelName[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR"];

/**
 * Reads a level in upper or lower case.
 *
 * @throws {Error} `Unknown log level: LOUD`.
 */
export function parseLogLevel(text: string): LogLevelName {
  const upper = text.toUpperCase();
  const level = levels.find((level) => level === upper);
  if (level === undefined) throw new Error(`Unknown log level: ${upper}`);
  return level;
}

/** A client's view of the log. */
export class LogSubscription implements Subscription {
  readonly #client: ClientView;
  readonly #level: number;
  readonly #queue: RecordQueue<LogEntry>;
  readonly #drops: DropCounter;
  #unsubscribe: Unsubscribe | undefined;
  #isStopped = false;

  constructor(client: ClientView, sequence: Sequence, level: LogLevelName) {
    this.#client = client;
    this.#level = levels.indexOf(level);
    this.#drops = new DropCounter(client.clock, (dropped) => {
      logDrops(client, "logs", dropped);
    });
    this.#queue = new RecordQueue<LogEntry>({
      // The past fills one half at most; the other is for what happens meanwhile.
      limit: 2 * recordLimit,
      send: ({ text }) => client.sendRecord(sequence, logRecord, { log: text }),
      onDrop: () => this.#drops.count(),
      onFailure: (_entry, error) => {
        this.stop();
        logSendFailure(client, "log", error);
      },
    });
  }

  start(): void {
    if (this.#isStopped) return;
    const feed = this.#client.agent.logFeed;
    this.#queue.start();
    for (const entry of feed.recent()) this.#pass(entry);
    this.#unsubscribe = feed.onEntry((entry) => {
      if (!this.#drops.isWarning) this.#pass(entry);
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#queue.close();
    this.#drops.stop();
  }

  /** Entries without a known level pass always. */
  #pass(entry: LogEntry): void {
    if (entry.level !== undefined && levels.indexOf(entry.level) < this.#level) return;
    this.#queue.push(entry);
  }
}
