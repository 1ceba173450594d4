import assert from "node:assert/strict";
import { filesIn } from "../../../../scripts/lab/files.ts";
import { ScratchFolder } from "../../../../scripts/lab/scratch_folder.ts";

Deno.test("filesIn() finds files of a kind at any depth, and no folders", () => {
  using folder = new ScratchFolder();
  Deno.mkdirSync(`${folder.path}/a/b.ts`, { recursive: true });
  for (const path of ["x.ts", "a/y.ts", "a/b.ts/z.ts", "a/z.md"]) {
    Deno.writeTextFileSync(`${folder.path}/${path}`, "");
  }
  const paths = filesIn(folder.path, ".ts").map((path) => path.slice(folder.path.length + 1));
  assert.deepEqual(paths.sort(), ["a/b.ts/z.ts", "a/y.ts", "x.ts"]);
});

Deno.test("ScratchFolder removes what was put into it", () => {
  const folder = new ScratchFolder();
  Deno.writeTextFileSync(`${folder.path}/x`, "");
  folder[Symbol.dispose]();
  assert.throws(() => Deno.statSync(folder.path), Deno.errors.NotFound);
});
