/** A place in a history: `EPOCH-SEQ`, the record that was read last. */

/** A place behind a record of one run of the program. */
export interface Cursor {
  /** Names the run: 16 hexadecimal digits, made at random. */
  readonly epoch: string;
  /** The number of the last record that was read; 0 before the first. */
  readonly seq: number;
}

/** Returns the text of a cursor, for instance `1f2e3d4c5b6a7988-42`. */
export function formatCursor({ epoch, seq }: Cursor): string {
  return `${epoch}-${seq}`;
}

/** Reads a cursor; `undefined` if the text is not one. */
export function parseCursor(text: string): Cursor | undefined {
  const [, epoch, digits] = /^([0-9a-f]{16})-(\d{1,15})$/.exec(text) ?? [];
  return epoch === undefined ? undefined : { epoch, seq: Number(digits) };
}
