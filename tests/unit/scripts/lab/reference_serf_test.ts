import assert from "node:assert/strict";
import { findReferenceSerf } from "../../../../scripts/lab/reference_serf.ts";
import { versionText } from "../../../../src/cli/version.ts";

/** What the search finds where a program says `text` to everything. */
async function found(text: string): Promise<boolean> {
  const path = await Deno.makeTempFile();
  const before = Deno.env.get("SERF_REFERENCE");
  try {
    await Deno.writeTextFile(path, `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`);
    await Deno.chmod(path, 0o755);
    Deno.env.set("SERF_REFERENCE", path);
    return await findReferenceSerf() === path;
  } finally {
    if (before === undefined) Deno.env.delete("SERF_REFERENCE");
    else Deno.env.set("SERF_REFERENCE", before);
    await Deno.remove(path);
  }
}

Deno.test({
  name: "findReferenceSerf() knows HashiCorp's program, and never takes this one for it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    assert.equal(await found("0.8.2-dev\nAgent Protocol: 5 (Understands back to: 2)"), true);
    assert.equal(await found(versionText), false);
    assert.equal(await found("something else"), false);
  },
});
