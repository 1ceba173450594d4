/**
 * A durable list of text lines, as the core sees it: what the snapshot is kept in.
 *
 * A host writes lines in the order given. After a crash a prefix of them is
 * there; a torn last line is not.
 */
export interface Journal {
  /** The complete lines found when the journal was opened, without line ends. */
  readonly lines: readonly string[];
  /** Bytes that the journal holds, line ends included. */
  readonly size: number;
  /**
   * Adds one line, without its line end. It may stay in memory for up to 500 ms, but is
   * written before the event that it is about is delivered.
   */
  append(line: string): void;
  /** Replaces the whole content, all or nothing: compaction. */
  replace(lines: readonly string[]): void;
  /** Hands everything to the disk. */
  sync(): void;
}
