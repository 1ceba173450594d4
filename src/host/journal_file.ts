/**
 * A journal in a file: lines appended through a small buffer, and replaced as a
 * whole by renaming a finished copy over it (gossip.md section 30).
 *
 * Whatever a crash leaves, the lines before it are there: a torn last line is
 * ignored and cut off. A disk that refuses to write is reported and tried again;
 * it never stops the node.
 */

import { decodeText, encodeText } from "../bytes/text.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Log } from "../ports/log.ts";
import { systemErrorText } from "../ports/system_error.ts";

/** Lines may wait this long in memory. */
const flushInterval: Milliseconds = 500;
/** Lines that wait longer than this in bytes are written at once. */
const bufferSize = 4096;
/** A failing disk is complained about this often. */
const complaintInterval: Milliseconds = 30_000;
const lineFeed = 0x0a;

/** A `Journal` on an append-only file. */
export class JournalFile implements Journal {
  readonly #path: string;
  readonly #log: Log;
  #file: Deno.FsFile;
  #unwritten: string[] = [];
  #unwrittenSize = 0;
  #size: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #complainedAt = -Infinity;
  #isClosed = false;
  readonly lines: readonly string[];

  /**
   * Opens a journal, creating the file if there is none.
   *
   * @throws what the platform says if the file cannot be read or written.
   */
  static open(path: string, log: Log): JournalFile {
    const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o644 });
    try {
      const content = Deno.readFileSync(path);
      // What follows the last line end was torn by a crash: the next line must not join it.
      const end = content.lastIndexOf(lineFeed) + 1;
      if (end < content.length) file.truncateSync(end);
      file.seekSync(0, Deno.SeekMode.End);
      const whole = decodeText(content.subarray(0, end));
      return new JournalFile(path, log, file, whole === "" ? [] : whole.slice(0, -1).split("\n"));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  private constructor(path: string, log: Log, file: Deno.FsFile, lines: readonly string[]) {
    this.#path = path;
    this.#log = log;
    this.#file = file;
    this.lines = lines;
    this.#size = file.statSync().size;
  }

  get size(): number {
    return this.#size;
  }

  append(line: string): void {
    if (this.#isClosed) return;
    const size = line.length + 1;
    this.#unwritten.push(line);
    this.#unwrittenSize += size;
    this.#size += size;
    if (this.#unwrittenSize >= bufferSize) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), flushInterval);
  }

  replace(lines: readonly string[]): void {
    if (this.#isClosed) return;
    const path = `${this.#path}.compact`;
    try {
      const bytes = encodeLines(lines);
      const copy = Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o644 });
      try {
        writeAll(copy, bytes);
        copy.syncSync();
        Deno.renameSync(path, this.#path);
      } catch (error) {
        copy.close();
        throw error;
      }
      this.#file.close();
      this.#file = copy;
      this.#size = bytes.length;
      this.#dropUnwritten();
    } catch (error) {
      this.#complain(`Failed to compact snapshot ${this.#path}`, error);
    }
  }

  sync(): void {
    if (this.#isClosed) return;
    this.#flush();
    try {
      this.#file.syncSync();
    } catch (error) {
      this.#complain(`Failed to sync snapshot ${this.#path}`, error);
    }
  }

  /** Writes what waits and closes the file. */
  close(): void {
    if (this.#isClosed) return;
    this.sync();
    this.#isClosed = true;
    this.#dropUnwritten();
    this.#file.close();
  }

  #flush(): void {
    if (this.#unwritten.length === 0) return;
    const end = this.#file.seekSync(0, Deno.SeekMode.Current);
    try {
      writeAll(this.#file, encodeLines(this.#unwritten));
    } catch (error) {
      // A line written by half would spoil the next one.
      this.#takeBack(end);
      this.#complain(`Failed to write snapshot ${this.#path}`, error);
    }
    this.#dropUnwritten();
  }

  #takeBack(end: number): void {
    try {
      this.#file.truncateSync(end);
      this.#file.seekSync(end, Deno.SeekMode.Start);
    } catch {
      // The disk is beyond repair; the complaint that follows says so.
    }
  }

  #dropUnwritten(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unwritten = [];
    this.#unwrittenSize = 0;
  }

  #complain(what: string, error: unknown): void {
    const now = performance.now();
    if (now - this.#complainedAt < complaintInterval) return;
    this.#complainedAt = now;
    this.#log.error(`${what}: ${systemErrorText(error)}; what happens now may be forgotten`);
  }
}

function encodeLines(lines: readonly string[]): Uint8Array {
  return encodeText(lines.map((line) => `${line}\n`).join(""));
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
}
