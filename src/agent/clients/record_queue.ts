/**
 * Records on their way to one client, at most so many.
 *
 * A client that reads slowly must not slow down the agent or anybody else, so
 * what finds no room is dropped (rpc.md section 10). Only a few records are handed to
 * the connection at a time; all others wait here.
 */

/** How to build a {@linkcode RecordQueue}. */
export interface RecordQueueOptions<T> {
  /** How many records wait. */
  readonly limit: number;
  /** How many records are handed to the connection at a time; 1 by default. */
  readonly window?: number;
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
  #sending = 0;
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

  /** Hands over what the window has room for. */
  #run(): void {
    const { window = 1 } = this.#options;
    while (this.#isStarted && !this.#isClosed && this.#sending < window) {
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
      if (!this.#isClosed) {
        this.close();
        this.#options.onFailure(record, error);
      }
    }
    this.#sending--;
    this.#run();
  }
}
