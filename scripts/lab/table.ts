/** Tables for people and for Markdown alike. */

/** Returns the lines of a table whose first row has the titles, its columns aligned. */
export function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  );
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  return lines;
}

/** Prints such a table, below a title if there is one. */
export function printTable(rows: readonly (readonly string[])[], title = ""): void {
  if (title !== "") console.log(`\n${title}\n`);
  for (const line of markdownTable(rows)) console.log(line);
}
