/** The program in parts, made for real: what is loaded to start a short command. */

import assert from "node:assert/strict";
import { bundleInParts, bundleWhole, entryName } from "../../scripts/bundle.ts";
import { versionText } from "../../src/cli/version.ts";

/** Builds into a folder of its own. */
async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a program in JavaScript, and returns what it prints and which files it depends on at once. */
async function run(path: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-net", "--no-config", "--no-npm", "--no-remote", path, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout);
}

/** The modules that the runtime loads before a program begins. */
async function modulesOf(path: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config", path],
  }).output();
  const { modules }: { modules: { specifier: string }[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return modules.map(({ specifier }) => specifier);
}

Deno.test("The program in parts starts with a few small files and nothing of Node", async () => {
  await inFolder(async (folder) => {
    await bundleInParts(folder);
    const entry = `${folder}/${entryName}`;
    assert.equal(await run(entry, "version"), `${versionText}\n`);
    // Every command's part is found when it is wanted.
    for (const command of ["agent", "members", "query", "keys", "simulate", "completion"]) {
      assert.equal(await run(entry, command, "-no-such-flag") === "", false, command);
    }
    const modules = await modulesOf(entry);
    assert.deepEqual(modules.filter((name) => name.startsWith("node:")), []);
    let size = 0;
    for (const module of modules) size += (await Deno.stat(new URL(module))).size;
    assert.ok(size < 50_000, `${size} bytes`);
    assert.ok([...Deno.readDirSync(folder)].length > 3 * modules.length);
  });
});

Deno.test("The program as one module is one module", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/whole.js`;
    await bundleWhole(path);
    assert.equal(await run(path, "version"), `${versionText}\n`);
    const modules = await modulesOf(path);
    assert.equal(modules.filter((name) => name.startsWith("file:")).length, 1);
    assert.equal(modules.includes("node:module"), false);
  });
});
