/**
 * Queries that one client has been told of and may still answer.
 *
 * Each delivery gets a number of its own, which means nothing on any other
 * connection, and is forgotten at the query's deadline (rpc.md section 6.4).
 */

import type { Clock } from "../../ports/clock.ts";
import type { QueryEvent } from "../../serf/event.ts";

/** Sweeps are due at this size first, and then whenever it has doubled. */
const firstSweep = 64;

/** The numbered queries of one connection. */
export class PendingQueries {
  readonly #clock: Clock;
  readonly #queries = new Map<number, QueryEvent>();
  #lastId = 0;
  #sweepAt = firstSweep;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many queries are kept. */
  get size(): number {
    return this.#queries.size;
  }

  /** Numbers a query that is about to be delivered. */
  add(query: QueryEvent): number {
    if (this.#queries.size >= this.#sweepAt) this.#sweep();
    const id = ++this.#lastId;
    this.#queries.set(id, query);
    return id;
  }

  /**
   * Answers a query.
   *
   * @throws {Error} with the text for the client if it cannot be answered.
   */
  respond(id: number, payload: Uint8Array): void {
    const query = this.#queries.get(id);
    if (!query || this.#isOver(query)) throw new Error("No pending queries matching ID");
    const result = query.respond(payload);
    // Parity: "key query" is a slip of the reference that clients know by now.
    if (!result.ok) throw new Error(`failed to respond to key query: ${result.error.message}`);
  }

  /** Forgets every query. */
  clear(): void {
    this.#queries.clear();
  }

  #isOver(query: QueryEvent): boolean {
    return query.deadline <= this.#clock.now();
  }

  #sweep(): void {
    for (const [id, query] of this.#queries) {
      if (this.#isOver(query)) this.#queries.delete(id);
    }
    this.#sweepAt = Math.max(firstSweep, 2 * this.#queries.size);
  }
}
