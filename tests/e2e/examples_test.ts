/** Every example that users read is a program that type-checks, runs and ends. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import * as library from "../../src/mod.ts";
import { documentedExamples, readmeExamples, withLocalLibrary } from "../support/examples.ts";

/** Members whose use nobody should have to guess. */
const shown = [
  "module",
  "Serf.start",
  "Serf.join",
  "Serf.userEvent",
  "Serf.query",
  "Serf.keys",
  "Memberlist.start",
  "Memberlist.broadcast",
];

const config = new URL("../../deno.json", import.meta.url).pathname;

/** Runs Deno over files; returns what it said if it failed. */
async function failureOf(args: readonly string[], temporary: string): Promise<string | undefined> {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [args[0]!, "--quiet", "--config", config, ...args.slice(1)],
    // Examples need not clean up behind themselves.
    env: { NO_COLOR: "1", TMPDIR: temporary },
    signal: AbortSignal.timeout(120_000),
  }).output();
  const decoder = new TextDecoder();
  return code === 0 ? undefined : decoder.decode(stdout) + decoder.decode(stderr);
}

Deno.test("every exported class and function has an example", async () => {
  const places = new Set((await documentedExamples()).map(({ place }) => place));
  const exported = Object.entries(library)
    .filter(([, value]) => typeof value === "function" && !(value.prototype instanceof Error))
    .map(([name]) => name);
  ok(exported.includes("Serf") && exported.includes("Memberlist"));
  deepStrictEqual([...exported, ...shown].filter((place) => !places.has(place)), []);
});

Deno.test("every example of the documentation and the readme type-checks, runs and ends", async () => {
  const examples = [...await documentedExamples(), ...await readmeExamples()];
  ok(examples.some(({ place }) => place === "README"));
  const folder = await Deno.makeTempDir();
  try {
    const files = [];
    for (const [i, { place, program }] of examples.entries()) {
      const file = `${folder}/${place.replaceAll(".", "_")}_${i}.ts`;
      await Deno.writeTextFile(file, withLocalLibrary(program));
      files.push(file);
    }
    // All of them at once, in one process: examples must not get in each other's way.
    const all = `${folder}/all.ts`;
    const imports = files.map((file) => `import(${JSON.stringify(file)})`);
    await Deno.writeTextFile(all, `await Promise.all([${imports.join(", ")}]);\n`);
    strictEqual(await failureOf(["check", ...files], folder), undefined);
    strictEqual(
      await failureOf(["run", "-A", "--unstable-net", "--no-check", all], folder),
      undefined,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
