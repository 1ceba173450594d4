/**
 * Records that arrive for one streaming command, for one consumer to iterate.
 *
 * The queue is bounded, since nothing may hold up the other answers of the
 * connection: what a slow consumer leaves no room for is dropped and counted.
 */

import type { RpcError } from "./rpc_error.ts";

/**
 * Records in order of arrival, for one consumer.
 *
 * Iteration ends after `stop()`, and by itself where the command has an end. It
 * throws an `RpcError` of kind `closed` or `timeout` if the connection is lost
 * before, once the records that came in time are delivered. Leaving a `for await`
 * loop early stops the stream.
 */
export class RecordStream<T> implements AsyncIterableIterator<T>, AsyncDisposable {
  readonly #limit: number;
  readonly #stop: () => Promise<void>;
  #waiting: T[] = [];
  #taken = 0;
  #dropped = 0;
  #ended = false;
  #error: RpcError | undefined;
  #changed: PromiseWithResolvers<void> | undefined;

  /** For the client only: `limit` records wait, and `stop` tells the agent to send no more. */
  constructor({ limit, stop }: { readonly limit: number; readonly stop: () => Promise<void> }) {
    this.#limit = limit;
    this.#stop = stop;
  }

  /** How many records found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a record in. For the client only. */
  deliver(record: T): void {
    if (this.#ended) return;
    if (this.#waiting.length - this.#taken >= this.#limit) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(record);
    this.#wakeConsumer();
  }

  /** Ends the stream after what waits; with an error, iteration throws it. For the client only. */
  end(error?: RpcError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wakeConsumer();
  }

  /** Ends delivery at once, then tells the agent. Idempotent. */
  async stop(): Promise<void> {
    const running = !this.#ended;
    this.#waiting = [];
    this.#taken = 0;
    this.#error = undefined;
    this.end();
    if (running) await this.#stop();
  }

  /**
   * Waits for the next record.
   *
   * @throws {RpcError} once, if the connection was lost.
   */
  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#taken === this.#waiting.length) {
      if (this.#ended) return this.#finish();
      this.#changed ??= Promise.withResolvers();
      await this.#changed.promise;
    }
    return { done: false, value: this.#take() };
  }

  /** Stops the stream: `for await` calls this when it is left early. */
  async return(): Promise<IteratorResult<T, undefined>> {
    await this.stop();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #take(): T {
    const record = this.#waiting[this.#taken++]!;
    // Taking from the front of a long array moves the rest each time, so the
    // front is cut off only now and then.
    if (this.#taken === this.#waiting.length || this.#taken >= 256) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    return record;
  }

  #finish(): IteratorResult<T, undefined> {
    const error = this.#error;
    this.#error = undefined;
    if (error) throw error;
    return { done: true, value: undefined };
  }

  #wakeConsumer(): void {
    this.#changed?.resolve();
    this.#changed = undefined;
  }
}
