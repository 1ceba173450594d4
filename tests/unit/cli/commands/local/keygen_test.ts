import assert from "node:assert/strict";
import { readKeyringFile } from "../../../../../src/agent/settings/keyring_file.ts";
import { keygen } from "../../../../../src/cli/commands/local/keygen.ts";
import { RecordedContext } from "../../../../support/command_context.ts";

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

Deno.test("keygen -keyring makes a keyring file for its owner alone, and prints no key", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/keys.json`;
    const context = new RecordedContext();
    assert.equal(await keygen.execute([`-keyring=${path}`], context), 0);
    assert.equal(context.stdout, `Made keyring ${path} with a new key\n`);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    const [key, ...others] = readKeyringFile(path);
    assert.deepEqual([key?.length, others], [32, []]);

    // It overwrites no file.
    const again = new RecordedContext();
    assert.equal(await keygen.execute(["-keyring", path], again), 1);
    assert.equal(again.stdout, "");
    assert.equal(again.stderr, `Failed to write keyring file: open ${path}: file exists\n`);
    assert.deepEqual(readKeyringFile(path), [key]);

    const json = new RecordedContext();
    assert.equal(await keygen.execute(["-format=json", `-keyring=${path}2`], json), 0);
    assert.deepEqual(JSON.parse(json.stdout), { keyring: `${path}2` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
