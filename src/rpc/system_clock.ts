/** Time on the runtime's own timers, one for each action: for those who have few. */

import type { Clock } from "../ports/clock.ts";

/** The longest delay that the runtime's timers can wait. */
const longestDelay = 0x7fff_ffff;

/** A clock on the runtime's timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delay, action) {
    const timer = setTimeout(action, Math.min(delay, longestDelay));
    return { cancel: () => clearTimeout(timer) };
  },
};
