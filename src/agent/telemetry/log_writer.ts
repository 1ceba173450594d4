/**
 * The agent's log, which all parts of the program write to (agent.md section 2.2).
 *
 * Records have LogTape's shape, so any of its sinks fits. Four things are our own:
 * budgets for each kind of line, a level that can change while running, a gate that
 * holds lines back until the start-up messages are out, and a memory of the latest
 * lines of every level.
 */

import type { LogRecord, Sink } from "@logtape/logtape";
import { boundedLog } from "../../ports/bounded_log.ts";
import type { Log, LogFields } from "../../ports/log.ts";
import type { LogEntry, LogFeed, LogLevelName, Unsubscribe } from "../agent_control.ts";
import { logLevelNames, makeRecord, textLine } from "./log_format.ts";

/** How many lines are remembered, whatever their level. */
export const recentLimit = 512;
/** How many lines the gate holds back; later ones push out the earliest. */
export const heldLimit = 4096;

export class LogWriter implements LogFeed {
  /** Lines below this level do not reach the sinks. */
  level: LogLevelName = "INFO";

  readonly #now: () => number;
  readonly #root: Log;
  readonly #sinks: Sink[] = [];
  readonly #recent: LogEntry[] = [];
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #held: LogRecord[] | undefined = [];

  /** @param now milliseconds since 1970, for the time stamps. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#root = boundedLog(componentLog(this, ""), { now: () => performance.now() });
  }

  /** Returns the log of one component, for instance "agent.ipc"; "" for none. */
  log(component: string): Log {
    return this.#root.named(component);
  }

  /** Adds a place that gets every line that passes the level, once the gate is open. */
  addSink(sink: Sink): void {
    this.#sinks.push(sink);
  }

  /** Lets the lines held back out, in order, and from now on every line at once. */
  openGate(): void {
    this.releaseHeld();
    this.#held = undefined;
  }

  /** Lets the lines held back out, in order, and goes on holding back. */
  releaseHeld(): void {
    const held = this.#held?.splice(0) ?? [];
    for (const record of held) this.#emit(record);
  }

  recent(): readonly LogEntry[] {
    return [...this.#recent];
  }

  onEntry(listener: (entry: LogEntry) => void): Unsubscribe {
    // A wrapper of its own, so that a listener given twice is two subscriptions.
    const own = (entry: LogEntry) => listener(entry);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Takes one entry. A line end that it ends with, as lists of errors do, adds no empty line. */
  write(level: LogLevelName, component: string, text: string, fields?: LogFields): void {
    const message = text.endsWith("\n") ? text.slice(0, -1) : text;
    const record = makeRecord(level, component, message, this.#now(), fields);
    // An entry becomes text only when somebody reads it, which is rare.
    const entry: LogEntry = {
      level,
      get text() {
        return textLine(record);
      },
    };
    this.#recent.push(entry);
    if (this.#recent.length > recentLimit) this.#recent.shift();
    for (const listener of [...this.#listeners]) listener(entry);
    if (isAtLeast(level, this.level)) this.#pass(record);
  }

  #pass(record: LogRecord): void {
    if (!this.#held) return this.#emit(record);
    this.#held.push(record);
    if (this.#held.length > heldLimit) this.#held.shift();
  }

  #emit(record: LogRecord): void {
    for (const sink of this.#sinks) sink(record);
  }
}

/** Whether `level` is as severe as `limit`, or more. */
export function isAtLeast(level: LogLevelName, limit: LogLevelName): boolean {
  return logLevelNames.indexOf(level) >= logLevelNames.indexOf(limit);
}

function componentLog(writer: LogWriter, component: string): Log {
  const writeAt = (level: LogLevelName) => (message: string, fields?: LogFields) =>
    writer.write(level, component, message, fields);
  return {
    // Always: clients may follow the log at any level, whatever the agent prints.
    debugEnabled: true,
    debug: writeAt("DEBUG"),
    info: writeAt("INFO"),
    warn: writeAt("WARN"),
    error: writeAt("ERR"),
    named: (other) => componentLog(writer, other),
  };
}
