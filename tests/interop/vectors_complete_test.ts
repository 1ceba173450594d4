/** No recording lies idle: every vector file is read by a test, and every one of the RPC port. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readRecordings } from "../support/rpc_recording.ts";
import { readCaptures, vectorNames } from "../support/vectors.ts";

const tests = new URL("../", import.meta.url);

/** Every name that a test or its support asks for: `readVectors("…")`, `…/vectors/….json`. */
async function namesAskedFor(folder: URL): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const entry of Deno.readDir(folder)) {
    const path = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) { for (const name of await namesAskedFor(path)) names.add(name); }
    if (!entry.name.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(path);
    const calls = source.matchAll(/\breadVector(?:s|File)\b[^"]*?\(\s*"([^"]+)"/g);
    const imports = source.matchAll(/"[./]*\/vectors\/([^"]+)\.json"/g);
    for (const [, name = ""] of [...calls, ...imports]) names.add(name);
  }
  return names;
}

function jsonNames(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, tests))].map(({ name }) => name)
    .filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length)).sort();
}

Deno.test("every vector file is read by some test", async () => {
  const asked = await namesAskedFor(tests);
  const captures = vectorNames().filter((name) => name.startsWith("capture-"));
  strictEqual(readCaptures().length, captures.length);
  const named = vectorNames().filter((name) => !captures.includes(name));
  ok(named.length >= 23, `only ${named.length} files`);
  const idle = [...named, ...jsonNames("vectors/mdns").map((name) => `mdns/${name}`)]
    .filter((name) => !asked.has(name));
  deepStrictEqual(idle, []);
});

Deno.test("every recording of the RPC port is read, of both releases", () => {
  const recordings = [...readRecordings("raw"), ...readRecordings("command")];
  deepStrictEqual(recordings.map(({ id }) => id).sort(), jsonNames("vectors/rpc"));
  for (const { id, runs } of recordings) {
    deepStrictEqual([...runs.keys()].sort(), ["0.9.4", "head"], id);
  }
});
