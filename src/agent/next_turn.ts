/**
 * Long work for one client must not keep the agent from hearing others: it pauses
 * between slices.
 */

/** Lets everything else go on that waits. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
