/** Keeps `tests/features.md` true: every feature names a test that is there, or a reason. */

import assert from "node:assert/strict";
import { judge, readRows } from "../support/checklist.ts";

Deno.test("features.md has 351 features, each with a test that is there or a reason", async () => {
  const rows = await readRows("features.md");
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  assert.equal(rows.length, 351);
  const problems = await Promise.all(rows.map(judge));
  assert.deepEqual(problems.filter((problem) => problem !== undefined), []);
});

Deno.test("features.md: a row without test, with a wrong file or a wrong title is found", async () => {
  const judged = async (done: string) => await judge({ id: "X", what: "", done });
  assert.match(await judged("") ?? "", /neither/);
  assert.match(await judged("Not tested: ") ?? "", /no file/);
  assert.match(await judged("Note: something") ?? "", /neither/);
  assert.match(await judged("`unit/nowhere_test.ts` title") ?? "", /not there/);
  assert.match(await judged("`unit/features_test.ts` " + "no such " + "title") ?? "", /not in/);
  assert.equal(await judged("`unit/features_test.ts` features.md has 351 features"), undefined);
});
