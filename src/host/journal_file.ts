/**
 * A journal in a file: lines appended through a small buffer, and replaced as a
 * whole by renaming a finished copy over it (gossip.md section 30).
 *
 * A lock, which ends with the process, gives the file one owner at a time. After a
 * crash the lines before it are there: a torn last line is cut off. A disk that
 * refuses to write is reported, counted and tried again; it never stops the node.
 */

import { decodeText, encodeText, textLength } from "../bytes/text.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import { systemErrorText } from "../go/system_error.ts";

/** Lines may wait this long in memory. */
const flushInterval: Milliseconds = 500;
/** Lines that wait longer than this in bytes are written at once. */
const bufferSize = 4096;
/** Lines that cannot be written are kept up to this many bytes; later ones are lost. */
const maxUnwritten = 1 << 20;
/** Writing is tried again this long after it failed. */
const retryInterval: Milliseconds = 5000;
/** Of a larger file only the end is read: what is newer counts more. */
const maxReplaySize = 64 << 20;
/** How often a file that is replaced while it is opened is opened again. */
const maxReopens = 8;
/** A failing disk is logged once in this time. */
const complaintInterval: Milliseconds = 30_000;
const lineFeed = 0x0a;

/** What tells one journal from another. */
export interface JournalKind {
  /** What log lines and the metric `serf.TITLE.errors` call it. */
  readonly title: string;
  /** What others may do with a file that is made. */
  readonly mode: number;
  /** Whether it shall outlive a crash of the system, and not only one of the process. */
  readonly syncs: boolean;
}

const snapshotKind: JournalKind = { title: "snapshot", mode: 0o644, syncs: true };

/** A `Journal` on an append-only file. */
export class JournalFile implements Journal {
  readonly #path: string;
  readonly #log: Log;
  readonly #meter: Meter;
  readonly #kind: JournalKind;
  #file: Deno.FsFile;
  /** Where the last whole line in the file ends. */
  #end: number;
  #unwritten: string[] = [];
  #unwrittenSize = 0;
  #size: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isFailing = false;
  /** Whether lines were lost, so that none may follow until everything is written anew. */
  #hasGap = false;
  #complainedAt = -Infinity;
  #isClosed = false;
  readonly lines: readonly string[];

  /**
   * Opens a journal; creates the file if it is missing.
   *
   * @throws what the platform says if the file cannot be read or written, and an error that
   * says so if another journal is open on it.
   */
  constructor(path: string, log: Log, meter: Meter, kind = snapshotKind) {
    const { file, end, lines } = openJournal(path, kind.mode);
    this.#kind = kind;
    this.#path = path;
    this.#log = log;
    this.#meter = meter;
    this.#file = file;
    this.#end = this.#size = end;
    this.lines = lines;
  }

  get size(): number {
    return this.#size;
  }

  append(line: string): void {
    if (this.#isClosed) return;
    const size = textLength(line) + 1;
    // What is lost counts too, so that the journal is written anew sooner.
    this.#size += size;
    if (this.#unwrittenSize + size > maxUnwritten) this.#hasGap = true;
    if (this.#hasGap) return;

    this.#unwritten.push(line);
    this.#unwrittenSize += size;
    if (this.#unwrittenSize >= bufferSize) this.flush();
    else this.#timer ??= setTimeout(() => this.#write(), flushInterval);
  }

  /** Writes what waits, so that a crash of the process does not lose it; one of the system may. */
  flush(): void {
    // A disk that refuses is tried again when its time has come.
    if (!this.#isFailing) this.#write();
  }

  replace(lines: readonly string[]): void {
    if (this.#isClosed) return;
    try {
      const bytes = encodeLines(lines);
      const copy = this.#writeCopy(bytes);
      this.#file.close();
      this.#file = copy;
      this.#end = this.#size = bytes.length;
      this.#isFailing = this.#hasGap = false;
      this.#dropUnwritten();
    } catch (error) {
      this.#complain("compact", error);
    }
  }

  sync(): void {
    if (this.#isClosed) return;
    this.#write();
    if (!this.#kind.syncs) return;
    try {
      this.#file.syncSync();
    } catch (error) {
      this.#complain("sync", error);
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

  /** Puts a finished file in the place of the present one, and returns it open. */
  #writeCopy(bytes: Uint8Array): Deno.FsFile {
    const path = copyOf(this.#path);
    removeQuietly(path);
    const copy = Deno.openSync(path, {
      write: true,
      append: true,
      createNew: true,
      mode: this.#kind.mode,
    });
    try {
      lock(copy);
      writeAll(copy, bytes);
      copy.syncSync();
      Deno.renameSync(path, this.#path);
      return copy;
    } catch (error) {
      copy.close();
      removeQuietly(path);
      throw error;
    }
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unwritten.length === 0) return;
    try {
      const bytes = encodeLines(this.#unwritten);
      writeAll(this.#file, bytes);
      this.#end += bytes.length;
      this.#isFailing = false;
      this.#dropUnwritten();
    } catch (error) {
      this.#isFailing = true;
      // A line written by half would spoil the next one.
      this.#takeBack();
      this.#complain("write", error);
      this.#timer = setTimeout(() => this.#write(), retryInterval);
    }
  }

  #takeBack(): void {
    try {
      this.#file.truncateSync(this.#end);
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

  #complain(action: string, error: unknown): void {
    const { title } = this.#kind;
    this.#meter.count(`serf.${title}.errors`, 1);
    const now = performance.now();
    if (now - this.#complainedAt < complaintInterval) return;
    this.#complainedAt = now;
    const what = `Failed to ${action} ${title} ${this.#path}`;
    this.#log.error(`${what}: ${systemErrorText(error)}; what happens now may be forgotten`);
  }
}

/** Opens a journal's file and reads its lines. */
function openJournal(path: string, mode: number) {
  const file = openOwn(path, mode);
  try {
    // A crash in the middle of replacing left it; the owner of the file may remove it.
    removeQuietly(copyOf(path));
    const { content, start } = readTail(file);
    // What follows the last line end was torn by a crash: the next line must not join it.
    const length = content.lastIndexOf(lineFeed) + 1;
    const end = start + length;
    if (length < content.length) file.truncateSync(end);
    const lines = linesOf(content.subarray(0, length));
    // The first line of a tail has lost its beginning.
    if (start > 0) lines.shift();
    return { file, end, lines };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Opens a file and takes it for this process alone. */
function openOwn(path: string, mode: number): Deno.FsFile {
  for (let reopens = 0;; reopens++) {
    const options = { read: true, write: true, append: true, create: true, mode };
    const file = Deno.openSync(path, options);
    try {
      const opened = file.statSync();
      // On Windows a folder opens like a file.
      if (opened.isDirectory) throw new Error("is a directory");
      if (opened.isFile && !lock(file)) throw new Error("another agent is using it");
      // Its last owner may have replaced it meanwhile: then this is no longer the journal.
      if (reopens === maxReopens || isSameFile(opened, Deno.statSync(path))) return file;
      file.close();
    } catch (error) {
      file.close();
      throw error;
    }
  }
}

/** Takes a file's lock; whether that worked. Where files have no locks, it does. */
function lock(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return true;
  }
}

function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function copyOf(path: string): string {
  return `${path}.compact`;
}

/** Returns the end of a file, and where in the file that starts. */
function readTail(file: Deno.FsFile): { content: Uint8Array; start: number } {
  const { size } = file.statSync();
  const start = Math.max(0, size - maxReplaySize);
  file.seekSync(start, Deno.SeekMode.Start);
  const content = new Uint8Array(size - start);
  let length = 0;
  while (length < content.length) {
    const count = file.readSync(content.subarray(length));
    if (count === null) break;
    length += count;
  }
  return { content: content.subarray(0, length), start };
}

function linesOf(content: Uint8Array): string[] {
  return content.length === 0 ? [] : decodeText(content).slice(0, -1).split("\n");
}

function removeQuietly(path: string): void {
  try {
    if (!Deno.lstatSync(path).isDirectory) Deno.removeSync(path);
  } catch {
    // It is not there, or cannot be replaced: then making the next one says why.
  }
}

function encodeLines(lines: readonly string[]): Uint8Array {
  return encodeText(lines.map((line) => `${line}\n`).join(""));
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
}
