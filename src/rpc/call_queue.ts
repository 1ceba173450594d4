/**
 * Requests that await their answers, in the order in which they were sent.
 *
 * An agent answers one request after another (rpc.md section 1). So only the oldest can
 * be late, and its time runs from the moment it became the oldest.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Sequence } from "./codec.ts";
import type { RpcError } from "./rpc_error.ts";

/** A request that awaits its answer. */
export interface Call {
  /** How long the agent may take once it is the oldest; no limit if `undefined`. */
  readonly limit: Milliseconds | undefined;
  /** Whether a body follows the answer's header, but for some errors. */
  readonly hasBody: boolean;
  /** Takes the error, empty for success, and the body's bytes. */
  answer(error: string, body: Uint8Array | undefined): void;
  /** Runs if no answer will come, or none that can be read. */
  fail(error: RpcError): void;
}

/** The calls of one connection. */
export class CallQueue {
  readonly #clock: Clock;
  readonly #onLate: (limit: Milliseconds) => void;
  readonly #calls = new Map<Sequence, Call>();
  #timer: Timer | undefined;

  /** `onLate` runs when the oldest call has exceeded its limit. */
  constructor(clock: Clock, onLate: (limit: Milliseconds) => void) {
    this.#clock = clock;
    this.#onLate = onLate;
  }

  /** Adds a call that is about to be sent. */
  add(sequence: Sequence, call: Call): void {
    this.#calls.set(sequence, call);
    if (this.#calls.size === 1) this.#watchOldest();
  }

  /** The call that an answer with this number belongs to. */
  get(sequence: Sequence): Call | undefined {
    return this.#calls.get(sequence);
  }

  /** Forgets a call, which has its answer. */
  remove(sequence: Sequence): void {
    if (this.#calls.delete(sequence)) this.#watchOldest();
  }

  /** Fails every call; `first` is for the oldest, the others get `error`. */
  failAll(error: RpcError, first: RpcError = error): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#watchOldest();
    for (const [i, call] of calls.entries()) call.fail(i === 0 ? first : error);
  }

  #watchOldest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const [oldest] = this.#calls.values();
    const limit = oldest?.limit;
    if (limit !== undefined) this.#timer = this.#clock.after(limit, () => this.#onLate(limit));
  }
}
