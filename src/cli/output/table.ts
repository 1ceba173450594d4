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
  return shown.map((row) => formatRow(row, widths)).join("\n");
}

/** Returns a text with control characters, and those that reorder text, escaped. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, escapeGo);
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  let line = "";
  for (const [column, field] of row.entries()) {
    if (column === row.length - 1) return line + field;
    const missing = (widths[column] ?? 0) - codePoints(field);
    line += field + " ".repeat(missing) + gap;
  }
  return line;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
