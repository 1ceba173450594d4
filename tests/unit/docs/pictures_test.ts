import assert from "node:assert/strict";
import { pictures } from "../../../scripts/pictures.ts";

for (const [path, text] of pictures()) {
  Deno.test(`the picture ${path} shows what the code says`, async () => {
    const written = await Deno.readTextFile(path);
    assert.equal(written === text, true, `${path} is out of date: run "deno task docs"`);
  });
}
