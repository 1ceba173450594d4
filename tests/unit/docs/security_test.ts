import { ok, strictEqual } from "node:assert/strict";

const root = new URL("../../../", import.meta.url);

interface Row {
  readonly value: number;
  readonly name: string;
  readonly path: string;
}

const scales: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 * 1024, s: 1000 };

/** The rows of the table of limits: `| What | 20 MiB | `name` in `path` | … |`. */
function readRows(text: string): Row[] {
  const pattern = /^\|[^|]+\| ([\d,]+)(?: (\w+))? +\| `(\w+)` in `([\w/.]+)` +\|/gm;
  return [...text.matchAll(pattern)].map(([, number = "", unit = "", name = "", path = ""]) => ({
    value: Number(number.replaceAll(",", "")) * (scales[unit] ?? 1),
    name,
    path,
  }));
}

Deno.test("SECURITY.md states every limit as the program has it", async () => {
  const text = await Deno.readTextFile(new URL("SECURITY.md", root));
  const rows = readRows(text);
  const section = text.slice(text.indexOf("## Limits"));
  strictEqual(rows.length, section.split("\n").filter((line) => /` in `src/.test(line)).length);
  ok(rows.length > 30);
  for (const { value, name, path } of rows) {
    const module: Record<string, unknown> = await import(new URL(path, root).href);
    strictEqual(module[name], value, `${name} in ${path}`);
  }
});

Deno.test("SECURITY.md names only tests that exist", async () => {
  const text = await Deno.readTextFile(new URL("SECURITY.md", root));
  for (const [, path = ""] of text.matchAll(/`(tests\/[\w/.]+)`/g)) {
    ok((await Deno.stat(new URL(path, root))).isFile, path);
  }
});
