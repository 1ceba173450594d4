/** A query under way, as a loop over what comes back. */

import type { QueryListener, RunningQuery } from "../serf/queries/running_query.ts";
import { EventStream } from "./event_stream.ts";

/** One thing that came back for a query. */
export type QueryAnswer =
  | { readonly type: "ack"; readonly from: string }
  | { readonly type: "response"; readonly from: string; readonly payload: Uint8Array };

/** How many answers a loop may fall behind before it misses some. */
const maxWaitingAnswers = 65_536;

/** A query under way: acks and responses as they come, until its time is over. */
export interface Query extends AsyncIterable<QueryAnswer> {
  /** Resolves when the time is over or the query was cancelled. */
  readonly done: Promise<void>;
  /** Stops listening: nothing comes any more. */
  cancel(): void;
}

/** A query of the core as a {@linkcode Query}. */
export class FollowedQuery implements Query {
  readonly #answers: EventStream<QueryAnswer>;
  readonly #listener: QueryListener | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #done = Promise.withResolvers<void>();
  #running: RunningQuery | undefined;
  #isOver = false;

  /**
   * @param listener gets everything in place of the loop, after the turn in which it came.
   * @param signal cancels the query when it aborts.
   */
  constructor(listener: QueryListener | undefined, signal: AbortSignal | undefined) {
    this.#answers = new EventStream(maxWaitingAnswers, () => this.cancel(), signal);
    this.#listener = listener;
    this.#signal = signal;
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** What the core calls, inside its turns. */
  get handlers(): QueryListener {
    return {
      onAck: (from) => this.#later(() => this.#add({ type: "ack", from })),
      onResponse: (from, payload) =>
        this.#later(() => this.#add({ type: "response", from, payload })),
      onDone: () => this.#later(() => this.#finish()),
    };
  }

  /** Says which query of the core this is. */
  follow(running: RunningQuery): void {
    this.#running = running;
    if (this.#signal?.aborted) this.cancel();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#running?.cancel();
    this.#answers.close();
    this.#done.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<QueryAnswer> {
    return this.#answers;
  }

  #later(action: () => void): void {
    queueMicrotask(() => {
      if (!this.#isOver) action();
    });
  }

  #add(answer: QueryAnswer): void {
    if (!this.#listener) this.#answers.push(answer);
    else if (answer.type === "ack") this.#listener.onAck(answer.from);
    else this.#listener.onResponse(answer.from, answer.payload);
  }

  #finish(): void {
    this.cancel();
    this.#listener?.onDone();
  }
}
