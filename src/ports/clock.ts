/**
 * Time, as the core sees it: a monotonic clock and one-shot timers.
 *
 * Nothing in the core knows the time of day. A simulated hour is therefore a
 * plain loop, and a wall clock that jumps cannot fail a healthy member.
 */

/** A span or a point of time in milliseconds; fractions are allowed. */
export type Milliseconds = number;

/** A pending action that can still be called off. */
export interface Timer {
  /** Calls the action off; idempotent, and has no effect after it ran. */
  cancel(): void;
}

/** Tells time and runs actions later, each in a turn of its own. */
export interface Clock {
  /** Returns monotonic time since an arbitrary origin. */
  now(): Milliseconds;
  /** Runs `action` once, `delay` from now, never inside the current turn. */
  after(delay: Milliseconds, action: () => void): Timer;
}
