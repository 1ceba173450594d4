/**
 * The program as JavaScript that needs nothing but Deno: as one module, which is
 * handy, or as an entry and parts that are loaded when they are needed, which starts
 * three times as fast.
 *
 * The bundler makes both; what it leaves to be desired is mended in its output. That
 * is text, so every mend says what it looks for and leaves alone what it does not know.
 */

import { toolOutput } from "./lab/command.ts";

/**
 * How V8 is to be set for an agent.
 *
 * When that many megabytes of new objects have gathered, it copies those that live and does
 * nothing else meanwhile: with the usual sixteen, up to 30 ms while a large cluster is joined.
 */
export const engineFlags = "--v8-flags=--max-semi-space-size=4";

/** The entry's name; parts are named `part-….js`. */
export const entryName = "serf.js";

/** Writes the program as one module. @throws {Error} with the reason. */
export async function bundleWhole(path: string): Promise<void> {
  await bundle("--output", path);
  await Deno.writeTextFile(path, withoutNode(await Deno.readTextFile(path)));
}

/** Writes the program into an empty folder, as an entry and its parts. @throws {Error} with the reason. */
export async function bundleInParts(folder: string): Promise<void> {
  await bundle("--code-splitting", "--outdir", folder);
  for (const { name } of [...Deno.readDirSync(folder)]) {
    const source = await Deno.readTextFile(`${folder}/${name}`);
    await Deno.remove(`${folder}/${name}`);
    const mended = onDemand(withoutNode(withPartNames(source)));
    await Deno.writeTextFile(`${folder}/${partName(name)}`, mended);
  }
}

/**
 * Returns the source without imports of Node's modules that are hardly ever used.
 *
 * The bundler puts one at the top for an old package that calls `require("node:buffer")`,
 * and prefers another package's form for Node, which prints odd values with `node:util`.
 * Each import takes longer than all of a short command, and memory.
 */
export function withoutNode(source: string): string {
  const require =
    /import *\{ *createRequire as (\w+) *\} *from *"node:module"; *(var [\w$]+) *= *\1\(import\.meta\.url\);/;
  const util = /import ([\w$]+) *from *"node:util";/;
  return source
    .replace(require, "$2=(name)=>process.getBuiltinModule(name);")
    .replace(
      util,
      'var $1={inspect:(...values)=>process.getBuiltinModule("node:util").inspect(...values)};',
    );
}

/**
 * Returns the source with imports that the runtime does not see before they are made: it would
 * read and parse them all at each start, though a command needs a few.
 */
export function onDemand(source: string): string {
  return source.replaceAll(/\bimport\("(\.\/[^"]+\.js)"\)/g, 'import((path=>path)("$1"))');
}

/** Renames the files that a source imports as `partName` does. */
function withPartNames(source: string): string {
  return source.replaceAll(/"\.\/([\w.-]+\.js)"/g, (_, name: string) => `"./${partName(name)}"`);
}

function partName(name: string): string {
  return name === "main.js" ? entryName : `part-${name}`;
}

async function bundle(...args: readonly string[]): Promise<void> {
  const root = new URL("..", import.meta.url).pathname;
  const config = ["--config", `${root}deno.json`, "--platform=deno", "--minify"];
  await toolOutput(Deno.execPath(), "bundle", ...config, ...args, `${root}main.ts`);
}
