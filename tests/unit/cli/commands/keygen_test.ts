import assert from "node:assert/strict";
import { keygen } from "../../../../src/cli/commands/keygen.ts";
import { RecordedContext } from "../../../support/command_context.ts";

Deno.test("keygen prints another 32-byte key each time, whatever its arguments", async () => {
  const seen = new Set<string>();
  for (let i = 0; i < 10; i++) {
    const context = new RecordedContext();
    assert.equal(await keygen.execute(["-bogus", "x"], context), 0);
    assert.match(context.stdout, /^[A-Za-z0-9+/]{43}=\n$/);
    assert.equal(context.stderr, "");
    seen.add(context.stdout);
  }
  assert.equal(seen.size, 10);
});

Deno.test("keygen -format=json is one object", async () => {
  const context = new RecordedContext();
  assert.equal(await keygen.execute(["-format", "json"], context), 0);
  assert.match(context.stdout, /^\{\n {2}"key": "[A-Za-z0-9+/]{43}="\n\}\n$/);
});
