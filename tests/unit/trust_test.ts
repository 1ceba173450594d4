/** Keeps `tests/trust.md` true: every row names a test that is there, or a reason. */

import assert from "node:assert/strict";
import { judge, readRows } from "../support/checklist.ts";

const ids = [
  ...Array.from({ length: 15 }, (_, n) => `SEC-${String(n + 1).padStart(2, "0")}`),
  ...Array.from({ length: 21 }, (_, n) => `USE-${String(n + 1).padStart(2, "0")}`),
];

Deno.test("trust.md has a row for each thing that must not happen, with a test that is there or a reason", async () => {
  const rows = await readRows("trust.md");
  assert.deepEqual(rows.map(({ id }) => id), ids);
  const problems = await Promise.all(rows.map(judge));
  assert.deepEqual(problems.filter((problem) => problem !== undefined), []);
});
