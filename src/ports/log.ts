/** Details of a log entry for machines; the message alone must do for people. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Where a part of the program says what it does.
 *
 * `message` carries no level, time or component: the host adds them. It never
 * holds a key, a token or a payload, and its first word is never one that a peer
 * chose: budgets go by it (`bounded_log.ts`).
 */
export interface Log {
  /** Whether debug entries go anywhere; ask before building a costly message. */
  readonly debugEnabled: boolean;
  /** Says what only matters when something is looked for. */
  debug(message: string, fields?: LogFields): void;
  /** Says what happens in the normal course of things. */
  info(message: string, fields?: LogFields): void;
  /** Says what is odd but can be lived with. */
  warn(message: string, fields?: LogFields): void;
  /** Says what went wrong. */
  error(message: string, fields?: LogFields): void;
  /** Returns the log of another component, for instance "memberlist". */
  named(component: string): Log;
}
