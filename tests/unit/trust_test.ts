/** Keeps `tests/trust.md` true: every row names a test that is there, or a reason. */

import assert from "node:assert/strict";
import { judge, readRows } from "../support/checklist.ts";

/** Rows that wait for their tests. */
const open = new Set([
  ...["SEC-02", "SEC-07", "SEC-08", "SEC-11", "SEC-12", "SEC-13", "SEC-14", "SEC-15"],
  ...["USE-01", "USE-02", "USE-03", "USE-04", "USE-05", "USE-08", "USE-09", "USE-10"],
  ...["USE-11", "USE-12", "USE-13", "USE-14", "USE-15", "USE-16", "USE-17", "USE-18", "USE-19"],
  ...["USE-20", "USE-21"],
]);

const ids = [
  ...Array.from({ length: 15 }, (_, n) => `SEC-${String(n + 1).padStart(2, "0")}`),
  ...Array.from({ length: 21 }, (_, n) => `USE-${String(n + 1).padStart(2, "0")}`),
];

Deno.test("trust.md has a row for each thing that must not happen, with a test that is there or a reason", async () => {
  const rows = await readRows("trust.md");
  assert.deepEqual(rows.map(({ id }) => id), ids);
  const problems = await Promise.all(rows.filter(({ id }) => !open.has(id)).map(judge));
  assert.deepEqual(problems.filter((problem) => problem !== undefined), []);
});
