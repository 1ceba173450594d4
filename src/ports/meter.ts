/**
 * Counts and measurements, as the core sees them.
 *
 * Names are those of the reference without its service prefix, for instance
 * "memberlist.msg.alive".
 */
export interface Meter {
  /** Adds `amount` to a counter. */
  count(name: string, amount: number): void;
  /** Sets a gauge. */
  gauge(name: string, value: number): void;
  /** Records one sample of a distribution; times are in milliseconds. */
  sample(name: string, value: number): void;
}
