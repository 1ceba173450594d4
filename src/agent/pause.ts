/** Waiting in the agent's background tasks, which must not outlive the agent. */

import type { Clock, Milliseconds } from "../ports/clock.ts";

/** Waits, but no longer than until `signal` aborts. */
export function pause(clock: Clock, duration: Milliseconds, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = clock.after(duration, finish);
    signal.addEventListener("abort", finish);
  });
}
