/**
 * Long work for one client or script must not keep the agent from hearing others: it
 * pauses between slices.
 */

/** Lets everything else go on that waits. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Takes items one by one, each in a turn of its own, so that making them may take a while. */
export async function* oneEachTurn<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    yield item;
    await nextTurn();
  }
}
