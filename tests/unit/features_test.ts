/** Keeps `tests/features.md` true: every feature names a test that is there, or a reason. */

import assert from "node:assert/strict";

const tests = new URL("..", import.meta.url);

interface Row {
  readonly id: string;
  readonly feature: string;
  readonly done: string;
}

/** Reads the table's rows; a bar inside a cell is written `\|`. */
function readRows(text: string): Row[] {
  return text.split("\n").flatMap((line): Row[] => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
    const [, id = "", feature = "", done = ""] = cells;
    return /^[A-Z]{3}-\d\d$/.test(id) ? [{ id, feature, done }] : [];
  });
}

/** The text of a file below `tests`, with what JSON and code escape in titles undone. */
async function readTitles(path: string): Promise<string> {
  return (await Deno.readTextFile(new URL(path, tests))).replace(/\\(["'`])/g, "$1");
}

/** Returns what is wrong with a row; `undefined` if it is filled and true. */
async function judge({ id, done }: Row): Promise<string | undefined> {
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

Deno.test("features.md has 351 features, each with a test that is there or a reason", async () => {
  const rows = readRows(await Deno.readTextFile(new URL("features.md", tests)));
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  assert.equal(rows.length, 351);
  const problems = await Promise.all(rows.map(judge));
  assert.deepEqual(problems.filter((problem) => problem !== undefined), []);
});

Deno.test("features.md: a row without test, with a wrong file or a wrong title is found", async () => {
  const judged = async (done: string) => await judge({ id: "X", feature: "", done });
  assert.match(await judged("") ?? "", /neither/);
  assert.match(await judged("Not tested: ") ?? "", /no file/);
  assert.match(await judged("Note: something") ?? "", /neither/);
  assert.match(await judged("`unit/nowhere_test.ts` title") ?? "", /not there/);
  assert.match(await judged("`unit/features_test.ts` " + "no such " + "title") ?? "", /not in/);
  assert.equal(await judged("`unit/features_test.ts` features.md has 351 features"), undefined);
});
