/**
 * From calls to a loop: what is pushed comes out of `for await`, in order.
 *
 * A reader that is too slow must not fill the memory, so a stream holds a
 * limited number of values; beyond it the newest are dropped and counted.
 */

/** A loop over things as they happen; it ends when it is closed or left. */
export interface Loop<T> extends AsyncIterableIterator<T> {
  /** How many values were dropped because the reader was too slow. */
  readonly dropped: number;
  /** Ends the loop: what has come already can still be read. */
  close(): void;
}

/** A bounded queue with one reader. */
export class EventStream<T> implements Loop<T> {
  readonly #limit: number;
  readonly #onClose: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.close();
  readonly #waiting: T[] = [];
  #reader: PromiseWithResolvers<IteratorResult<T>> | undefined;
  #isClosed = false;
  #dropped = 0;

  /**
   * @param limit the values it holds.
   * @param onClose runs once, when it ends.
   * @param signal ends it when it aborts from now on.
   */
  constructor(limit: number, onClose: () => void = () => {}, signal?: AbortSignal) {
    this.#limit = limit;
    this.#onClose = onClose;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort);
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a value; dropped if the stream is full or has ended. */
  push(value: T): void {
    if (this.#isClosed) return;
    if (this.#reader) {
      this.#reader.resolve({ value, done: false });
      this.#reader = undefined;
    } else if (this.#waiting.length < this.#limit) {
      this.#waiting.push(value);
    } else {
      this.#dropped++;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#reader?.resolve({ value: undefined, done: true });
    this.#reader = undefined;
    this.#onClose();
  }

  /** Returns the next value. One reader at a time. */
  next(): Promise<IteratorResult<T>> {
    if (this.#reader) throw new TypeError("This stream is being read already");
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#isClosed) return Promise.resolve({ value: undefined, done: true });
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  /** Ends the stream and forgets what is in it: what leaving a loop does. */
  return(): Promise<IteratorResult<T>> {
    this.#waiting.length = 0;
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}
