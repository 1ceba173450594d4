/** Operations that wait for the world: each is answered exactly once, even if the node stops. */

/** Keeps track of who still waits for an answer. */
export class PendingOperations {
  readonly #abandons = new Set<() => void>();

  /** The number of operations that still wait. */
  get size(): number {
    return this.#abandons.size;
  }

  /**
   * Returns a `done` that runs the given one at most once.
   *
   * @param whenStopped the answer if the node stops before there is another.
   */
  track<T>(done: (outcome: T) => void, whenStopped: T): (outcome: T) => void {
    const finish = (outcome: T) => {
      if (this.#abandons.delete(abandon)) done(outcome);
    };
    const abandon = () => finish(whenStopped);
    this.#abandons.add(abandon);
    return finish;
  }

  /** Answers everything that still waits. */
  stop(): void {
    for (const abandon of [...this.#abandons]) abandon();
  }
}
