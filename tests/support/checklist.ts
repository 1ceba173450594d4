/**
 * Tables of what must hold: each row has an id such as `CLI-01`, a sentence, and the tests that
 * show it, as a path below `tests` and a title, or the reason why there is none.
 */

const tests = new URL("..", import.meta.url);

/** One row. */
export interface Row {
  readonly id: string;
  readonly what: string;
  readonly done: string;
}

/** Reads the rows of a page below `tests`; a bar inside a cell is written `\|`. */
export async function readRows(page: string): Promise<Row[]> {
  const text = await Deno.readTextFile(new URL(page, tests));
  return text.split("\n").flatMap((line): Row[] => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
    const [, id = "", what = "", done = ""] = cells;
    return /^[A-Z]{3}-\d\d$/.test(id) ? [{ id, what, done }] : [];
  });
}

/** The text of a file below `tests`, with what JSON and code escape in titles undone. */
async function readTitles(path: string): Promise<string> {
  return (await Deno.readTextFile(new URL(path, tests))).replace(/\\(["'`])/g, "$1");
}

/** Returns what is wrong with a row; `undefined` if it is filled and true. */
export async function judge({ id, done }: Row): Promise<string | undefined> {
  if (done === "") return `${id} has neither a test nor a reason`;
  if (/^Not tested: .{10,}$/.test(done)) return undefined;
  const references = done.split("<br>").filter((part) => !part.startsWith("Note: "));
  if (references.length === 0) return `${id} has a note, but neither a test nor a reason`;
  for (const reference of references) {
    const [, path = "", title = ""] = /^`([^`]+)` (.+)$/.exec(reference) ?? [];
    if (title === "") return `${id} names no file and title: ${reference}`;
    const text = await readTitles(path).catch(() => undefined);
    if (text === undefined) return `${id} names a file that is not there: ${path}`;
    if (!text.includes(title)) return `${id} names a title that is not in ${path}: ${title}`;
  }
  return undefined;
}
