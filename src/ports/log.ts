/** Details of a log entry for machines; the message alone must do for people. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Where a part of the program says what it does.
 *
 * `message` carries no level, time or component: the host adds them. It never
 * holds a key, a token or a payload.
 */
export interface Log {
  /** Whether debug entries go anywhere; ask before building a costly message. */
  readonly debugEnabled: boolean;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Returns the log of another component, for instance "memberlist". */
  named(component: string): Log;
}
