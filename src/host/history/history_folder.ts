/**
 * A history in a folder: a file for each segment, which only its owner reads.
 *
 * A lock gives the folder one agent at a time. A disk that refuses to write is reported and tried
 * again; what it did not take is missing from the history, which says so. Nothing here throws
 * once the folder is open.
 */

import { systemErrorText } from "../../go/system_error.ts";
import { MemoryStore, type SegmentStore } from "../../history/segment_store.ts";
import type { Journal } from "../../ports/journal.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import { JournalFile, type JournalKind } from "../journal_file.ts";

const nameForm = /^history-(\d{10})\.jsonl$/;
/** A head is shorter than this. */
const maxHeadLength = 256;
const historyKind: JournalKind = { title: "history", mode: 0o600, syncs: false };

/** The segments of one agent in a folder. */
export class HistoryFolder implements SegmentStore {
  readonly #folder: string;
  readonly #log: Log;
  readonly #meter: Meter;
  readonly #lock: Deno.FsFile;
  readonly #numbers: number[];
  #current: JournalFile | undefined;

  /**
   * Opens a folder, and makes it if it is not there.
   *
   * @throws what the platform says if that fails, or an error that says that another agent
   * is using it.
   */
  constructor(folder: string, log: Log, meter: Meter) {
    this.#folder = folder;
    this.#log = log;
    this.#meter = meter;
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#lock = openLock(`${folder}/lock`);
    this.#numbers = Array.from(Deno.readDirSync(folder), ({ name }) => nameForm.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  }

  get numbers(): readonly number[] {
    return [...this.#numbers];
  }

  create(number: number): Journal {
    this.#current?.close();
    this.#current = undefined;
    this.#numbers.push(number);
    const path = this.#pathOf(number);
    try {
      return this.#current = new JournalFile(path, this.#log, this.#meter, historyKind);
    } catch (error) {
      this.#meter.count(`serf.${historyKind.title}.errors`, 1);
      this.#log.error(`Failed to write history ${path}: ${systemErrorText(error)}`);
      // Nobody reads it: its lines are missing once the next segment is begun.
      return new MemoryStore().create(number);
    }
  }

  read(number: number): readonly string[] {
    this.#current?.flush();
    const read = () => Deno.readTextFileSync(this.#pathOf(number)).split("\n").slice(0, -1);
    return attempt(read) ?? [];
  }

  readFirst(number: number): string | undefined {
    return attempt(() => {
      using file = Deno.openSync(this.#pathOf(number));
      const bytes = new Uint8Array(maxHeadLength);
      const length = file.readSync(bytes) ?? 0;
      const [line, ...rest] = new TextDecoder().decode(bytes.subarray(0, length)).split("\n");
      return rest.length > 0 ? line : undefined;
    });
  }

  sizeOf(number: number): number {
    return attempt(() => Deno.statSync(this.#pathOf(number)).size) ?? 0;
  }

  remove(number: number): void {
    attempt(() => Deno.removeSync(this.#pathOf(number)));
    this.#numbers.splice(this.#numbers.indexOf(number), 1);
  }

  /** Writes what waits, and leaves the folder to others. */
  close(): void {
    this.#current?.close();
    this.#lock.close();
  }

  #pathOf(number: number): string {
    return `${this.#folder}/history-${String(number).padStart(10, "0")}.jsonl`;
  }
}

/** Takes a file's lock, which ends with the process. Where files have no locks, it is taken. */
function openLock(path: string): Deno.FsFile {
  const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  if (attempt(() => file.tryLockSync(true)) ?? true) return file;
  file.close();
  throw new Error("another agent is using it");
}

/** What is not there, or cannot be read, is missing. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
