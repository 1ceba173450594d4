/**
 * The agent's standard output: status lines, facts and log lines (agent.md section 2).
 *
 * Lines wait in a bounded queue and are written in the background, because a
 * reader that stalls must never stall the gossip. What does not fit is dropped and
 * counted, and the count is printed once there is room.
 */

import type { LogRecord } from "@logtape/logtape";
import { concatenate } from "../../bytes/concatenate.ts";
import type { LogLevelName } from "../agent_control.ts";
import { jsonLine, makeRecord, textLine } from "./log_format.ts";

/** Lines are gathered this long, because writing costs more than anything else about them. */
const gatherTime = 20;

/** How many bytes may wait for a reader. */
export const queueLimit = 4 * 1024 * 1024;

export class Output {
  /** Lines as the reference prints them, or one JSON object a line. */
  format: "text" | "json" = "text";

  readonly #write: (bytes: Uint8Array) => Promise<number>;
  readonly #encoder = new TextEncoder();
  #queue: Uint8Array[] = [];
  #queued = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #broken = false;

  /** @param write writes some of the bytes and tells how many; to standard output by default. */
  constructor(write = (bytes: Uint8Array) => Deno.stdout.write(bytes)) {
    this.#write = write;
  }

  /** Prints a status line, `==> text`. */
  status(text: string): void {
    this.#line("INFO", text, `==> ${text}`);
  }

  /** Prints an error as a status line. */
  error(text: string): void {
    this.#line("ERR", text, `==> ${text}`);
  }

  /** Prints a fact, behind four blanks. */
  fact(text: string): void {
    this.#line("INFO", text.trimStart(), `    ${text}`);
  }

  /** Prints an empty line, for the eye only. */
  space(): void {
    if (this.format === "text") this.#put("");
  }

  /** Prints a log line. This is a LogTape sink. */
  readonly record = (record: LogRecord): void => {
    this.#put(this.format === "json" ? jsonLine(record) : `    ${textLine(record)}`);
  };

  /** Resolves once everything is written, or after `limit` milliseconds. */
  async flush(limit = 1000): Promise<void> {
    if (this.#gathering !== undefined) this.#startWriting();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, limit));
    await Promise.race([this.#writing, late]);
    clearTimeout(timer);
  }

  #line(level: LogLevelName, text: string, line: string): void {
    if (this.format === "text") return this.#put(line);
    this.record(makeRecord(level, "agent", text, Date.now()));
  }

  #put(line: string): void {
    if (this.#broken) return;
    const bytes = this.#encoder.encode(`${line}\n`);
    if (this.#queued + bytes.length > queueLimit) {
      this.#dropped++;
      return;
    }
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (!this.#writing) this.#gathering ??= setTimeout(() => this.#startWriting(), gatherTime);
  }

  #startWriting(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const bytes = concatenate(this.#queue);
        this.#queue = [];
        this.#queued = 0;
        for (let at = 0; at < bytes.length;) at += await this.#write(bytes.subarray(at));
        this.#reportDropped();
      }
    } catch {
      // Nobody reads any more. The agent goes on: it has other listeners.
      this.#broken = true;
    }
    this.#writing = undefined;
  }

  #reportDropped(): void {
    const count = this.#dropped;
    this.#dropped = 0;
    if (count > 0) this.error(`${count} lines were dropped because the output was not read`);
  }
}
