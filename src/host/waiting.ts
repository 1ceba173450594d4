/** Waiting that can be given up. */

/** How something is waited for. */
export interface WaitOptions {
  /**
   * Gives up waiting: the promise rejects with the signal's reason.
   *
   * What is under way goes on by itself, and may still succeed.
   * @default {none}
   */
  readonly signal?: AbortSignal;
}

/** Returns what `promise` does, unless `signal` aborts first. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!signal) return await promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Starts something and returns what it ends in, unless `signal` aborts first.
 *
 * @param start takes what to call at the end, and returns what gives up, if anything does.
 */
export async function outcomeOf<T>(
  start: (done: (outcome: T) => void) => (() => void) | void,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<T>();
  const giveUp = start(resolve);
  try {
    return await unlessAborted(promise, signal);
  } catch (error) {
    giveUp?.();
    throw error;
  }
}
