/**
 * Tables of aligned columns, as `members` and `keys` print them (cli.md section 5).
 *
 * One row is one line whatever its fields hold: control characters are shown
 * escaped, so that no name or tag of a peer can break a line or talk to the
 * terminal.
 */

import { escapeGo } from "../../go/quote.ts";

/** Fills the gap between two columns. */
const gap = "  ";

/**
 * Returns the rows as lines.
 *
 * A column is as wide as its widest field, counted in code points. The last
 * field of a row is not padded.
 */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map((field) => visible(field.trim())));
  const widths: number[] = [];
  for (const row of shown) {
    for (const [column, field] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, codePoints(field));
    }
  }
  const pad = (field: string, column: number, { length }: readonly string[]) =>
    column === length - 1 ? field : field + " ".repeat(widths[column]! - codePoints(field)) + gap;
  return shown.map((row) => row.map(pad).join("")).join("\n");
}

/** Returns a text with control characters, and those that reorder text, escaped. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, escapeGo);
}

function codePoints(text: string): number {
  return [...text].length;
}
