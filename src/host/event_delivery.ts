/** Hands out what a core reports, once its turn is over, to any number of listeners and loops. */

import { EventStream, type Loop } from "./event_stream.ts";

/** How many events a loop may fall behind before it misses some. */
export const maxWaitingEvents = 4096;

interface Subscription<E> {
  readonly listener: (event: E) => void;
  /** Whether the listener might answer a query of this name. */
  readonly mayAnswer: (query: string) => boolean;
}

/** Hands events of one node to its users, in order. */
export class EventDelivery<E> {
  readonly #subscriptions = new Set<Subscription<E>>();
  readonly #loops = new Set<EventStream<E>>();
  #undelivered: E[] = [];
  /** False at first, so that one who listens right after the start misses nothing. */
  #isStarted = false;
  #isEnded = false;
  readonly #remember: () => void;

  /**
   * @param remember runs before each batch of events is handed out, so that it is not handed
   * out again if the process is killed.
   */
  constructor(remember: () => void = () => {}) {
    this.#remember = remember;
  }

  /** Takes an event from inside a turn. */
  add(event: E): void {
    this.#undelivered.push(event);
    if (this.#isStarted && this.#undelivered.length === 1) queueMicrotask(() => this.#deliver());
  }

  /** Begins to hand out, with what has come so far. */
  start(): void {
    this.#isStarted = true;
    this.#deliver();
  }

  /** Hands out the rest and ends all loops. */
  end(): void {
    this.#deliver();
    this.#isEnded = true;
    for (const loop of this.#loops) loop.close();
  }

  /** Returns a loop over all events from now on, until `signal` aborts. */
  loop(signal?: AbortSignal): Loop<E> {
    const forget = () => this.#loops.delete(loop);
    const loop: EventStream<E> = new EventStream(maxWaitingEvents, forget, signal);
    if (this.#isEnded || signal?.aborted) loop.close();
    else this.#loops.add(loop);
    return loop;
  }

  /** Calls `listener` for every event from now on, until the returned function is called. */
  listen(listener: (event: E) => void, mayAnswer = (_query: string) => true): () => void {
    const subscription = { listener, mayAnswer };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  /** Whether a listener or loop might answer a query of this name. */
  mayAnswer(query: string): boolean {
    if (!this.#isStarted || this.#loops.size > 0) return true;
    return this.#subscriptions.values().some(({ mayAnswer }) => mayAnswer(query));
  }

  #deliver(): void {
    const events = this.#undelivered;
    this.#undelivered = [];
    if (events.length > 0) this.#remember();
    for (const event of events) {
      for (const { listener } of this.#subscriptions) listener(event);
      for (const loop of this.#loops) loop.push(event);
    }
  }
}
