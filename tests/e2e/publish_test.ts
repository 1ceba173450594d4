/** The library as a registry would take it. */

import assert from "node:assert/strict";

const root = new URL("../..", import.meta.url).pathname;

Deno.test("the library can be published: types stand alone, and nothing but sources goes along", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(success, true, output);

  const files = [...output.matchAll(/file:\/\/(\S+) \(/g)].map(([, path = ""]) =>
    path.replace(root, "")
  );
  assert.equal(files.includes("src/mod.ts"), true, output);
  assert.equal(files.includes("README.md"), true);
  const strays = files.filter((path) => !/^(src\/|[A-Z]+(\.md)?$|deno\.json$)/.test(path));
  assert.deepEqual(strays, []);
});
