import assert from "node:assert/strict";
import { experiments, questionOf } from "../../../scripts/lab.ts";

for (const [name, path] of experiments()) {
  Deno.test(`the experiment "${name}" says in its first line what it asks`, async () => {
    assert.match(await questionOf(path), /^[A-Z].*\?/);
  });
}
