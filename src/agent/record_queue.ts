/**
 * Records on their way to one client, at most so many.
 *
 * A client that reads slowly must not slow down the agent or anybody else, so
 * what finds no room is dropped (rpc.md section 10). Only one record is handed to
 * the connection at a time; all others wait here.
 */

/** How to build a {@linkcode RecordQueue}. */
export interface RecordQueueOptions<T> {
  /** How many records wait. */
  readonly limit: number;
  /** Hands a record to the connection and waits until it is written; rejects if that fails. */
  readonly send: (record: T) => Promise<void>;
  /** Runs for each record that found no room. */
  readonly onDrop: () => void;
  /** Runs once if sending failed; nothing is sent any more. */
  readonly onFailure: (record: T, error: unknown) => void;
}

/** A bounded queue that sends its records one after another, once it is started. */
export class RecordQueue<T> {
  readonly #options: RecordQueueOptions<T>;
  #waiting: T[] = [];
  #isStarted = false;
  #isSending = false;
  #isClosed = false;

  constructor(options: RecordQueueOptions<T>) {
    this.#options = options;
  }

  /** Adds a record; one that is `essential` finds room always. */
  push(record: T, isEssential = false): void {
    if (this.#isClosed) return;
    if (this.#waiting.length >= this.#options.limit && !isEssential) return this.#options.onDrop();
    this.#waiting.push(record);
    this.#run();
  }

  /** Begins to send, with what was added before. */
  start(): void {
    this.#isStarted = true;
    this.#run();
  }

  /** Drops what waits and sends no more. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }

  #run(): void {
    if (this.#isStarted && !this.#isSending) void this.#sendAll();
  }

  /** Sends until nothing waits; never rejects. */
  async #sendAll(): Promise<void> {
    this.#isSending = true;
    while (!this.#isClosed) {
      const record = this.#waiting.shift();
      if (record === undefined) break;
      try {
        await this.#options.send(record);
      } catch (error) {
        if (this.#isClosed) break;
        this.close();
        this.#options.onFailure(record, error);
      }
    }
    this.#isSending = false;
  }
}
