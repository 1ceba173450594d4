/** A query under way, as a loop over what comes back. */

import type { QueryHandlers, QueryOptions as CoreOptions } from "../serf/queries/queries.ts";
import type { RunningQuery } from "../serf/queries/running_query.ts";
import { EventStream } from "./event_stream.ts";

/** How a query is asked. */
export interface QueryOptions {
  /** Names of the members that are meant; all by default. */
  readonly filterNodes?: readonly string[];
  /** RE2 expressions by tag, unanchored; a member must match all of them. */
  readonly filterTags?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
  /** Whether every member that is meant acknowledges, answer or not. */
  readonly requestAck?: boolean;
  /** Over how many other members each answer also goes, 0 to 255. */
  readonly relayFactor?: number;
  /** How long answers are awaited, in milliseconds; by default it follows the cluster's size. */
  readonly timeout?: number;
  /**
   * Whether to listen until the timeout even if every member that is meant has answered;
   * `false` by default. Nobody can know more members than this node does.
   */
  readonly untilTimeout?: boolean;
  /** Ends the query when it aborts, as `cancel` does. */
  readonly signal?: AbortSignal;
}

/** Returns the options in the form that the core wants. */
export function coreOptions(
  { filterTags, signal: _, ...options }: QueryOptions,
): CoreOptions {
  if (!filterTags) return options;
  const expressions = filterTags instanceof Map ? filterTags : new Map(Object.entries(filterTags));
  return { ...options, filterTags: expressions };
}

/** One thing that came back for a query. */
export type QueryAnswer =
  | { readonly type: "ack"; readonly from: string }
  | { readonly type: "response"; readonly from: string; readonly payload: Uint8Array };

/** Hears what comes back, for those who prefer calls to a loop. */
export interface QueryListener {
  /** A member has received the query. */
  onAck(from: string): void;
  /** A member has answered. The payload is the listener's to keep. */
  onResponse(from: string, payload: Uint8Array): void;
  /** Once, when the time is over, and nothing after it. */
  onDone(): void;
}

/** How many answers a loop may fall behind before it misses some. */
export const maxWaitingAnswers = 65_536;

/** A query under way: acks and responses as they come, until its time is over. */
export interface Query extends AsyncIterable<QueryAnswer> {
  /** Resolves when the time is over or the query was cancelled. */
  readonly done: Promise<void>;
  /** Stops listening: nothing comes any more. */
  cancel(): void;
}

/** A query of the core as a {@linkcode Query}. */
export class FollowedQuery implements Query {
  readonly #answers = new EventStream<QueryAnswer>(maxWaitingAnswers, () => this.cancel());
  readonly #listener: QueryListener | undefined;
  readonly #done = Promise.withResolvers<void>();
  readonly #abort = () => this.cancel();
  #running: RunningQuery | undefined;
  #signal: AbortSignal | undefined;
  #isOver = false;

  /** @param listener hears everything too, after the turn in which it came. */
  constructor(listener?: QueryListener) {
    this.#listener = listener;
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** What the core calls, inside its turns. */
  get handlers(): QueryHandlers {
    return {
      onAck: (from) => this.#later(() => this.#add({ type: "ack", from })),
      onResponse: (from, borrowed) => {
        const payload = borrowed.slice();
        this.#later(() => this.#add({ type: "response", from, payload }));
      },
      onDone: () => this.#later(() => this.#finish()),
    };
  }

  /** Says which query of the core this is, and what ends it early. */
  follow(running: RunningQuery, signal?: AbortSignal): void {
    this.#running = running;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted) this.cancel();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#abort);
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
    // A listener that was given takes the place of the loop: nobody would empty it.
    if (!this.#listener) this.#answers.push(answer);
    else if (answer.type === "ack") this.#listener.onAck(answer.from);
    else this.#listener.onResponse(answer.from, answer.payload);
  }

  #finish(): void {
    this.cancel();
    this.#listener?.onDone();
  }
}
