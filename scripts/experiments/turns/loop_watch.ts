/**
 * Watches how long the event loop stands still: a callback that asks for the next one at
 * once sees every gap.
 */

import { Stopwatch } from "./stopwatch.ts";
import type { TurnTimes } from "./turn_times.ts";

/** Takes the time of the longest gap. */
export class LoopWatch {
  readonly #times: TurnTimes;

  constructor(times: TurnTimes) {
    this.#times = times;
  }

  /** Notes the longest gap while an action runs. */
  async during(kind: string, action: () => Promise<void>): Promise<void> {
    const watch = new Stopwatch();
    let longest = watch.lap();
    let handle = setImmediate(tick);
    function tick() {
      const lap = watch.lap();
      if (lap.time > longest.time) longest = lap;
      handle = setImmediate(tick);
    }
    try {
      await action();
    } finally {
      clearImmediate(handle);
    }
    this.#times.add(kind, longest);
  }
}
