/**
 * What a command sees of the process that it runs in: two streams, the
 * environment and the interrupt key. Tests put a recorder in its place.
 */

/** The surroundings of a running command. */
export interface Terminal {
  /** Writes a text and a newline to the standard output. */
  print(text: string): void;
  /** Writes a text and a newline to the standard error stream. */
  warn(text: string): void;
  /** Returns a variable of the environment, `undefined` if it is unset or empty. */
  variable(name: string): string | undefined;
  /** How many lines fit the terminal that is the standard output; `undefined` if it is none. */
  rows(): number | undefined;
  /**
   * Resolves with the first interrupt (SIGINT); from the call on an interrupt no
   * longer ends the process.
   */
  interrupted(): Promise<void>;
}
