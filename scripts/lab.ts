/**
 * The laboratory: lists the experiments, each with its question, or runs one.
 *
 *     deno task lab [NAME [arguments]]
 *
 * An experiment is a file whose first line asks a question. A task of the same name in
 * `deno.json` says what it is run with; without one, it may do everything.
 */

import denoJson from "../deno.json" with { type: "json" };
import { runScript } from "./lab/command_line.ts";

const root = new URL("..", import.meta.url);
const folder = "scripts/experiments";
/** Experiments on what tests declare lie with these. */
const elsewhere = ["tests/chaos/partitions.ts", "tests/fuzz/fuzz.ts"];

/** Each experiment's file, by its name. */
export function experiments(): ReadonlyMap<string, string> {
  const names = [...Deno.readDirSync(new URL(folder, root))].filter(({ isFile }) => isFile);
  const paths = [...names.map(({ name }) => `${folder}/${name}`), ...elsewhere];
  const nameOf = (path: string) => path.replace(/^.*\/|\.ts$/g, "");
  return new Map(paths.map((path) => [nameOf(path), path] as const).sort());
}

/** The first line of a file's comment. */
export async function questionOf(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(path, root));
  return /^\/\*\*\s*(?:\* )?(.*?)(?: \*\/)?$/m.exec(text)?.[1] ?? "";
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  const all = experiments();
  if (name === undefined) {
    for (const [name, path] of all) console.log(`${name.padEnd(10)}  ${await questionOf(path)}`);
    return 0;
  }
  const path = all.get(name);
  if (path === undefined) throw new TypeError(`There is no "${name}": try ${[...all.keys()]}`);
  const command = name in denoJson.tasks
    ? ["task", "--quiet", name]
    : ["run", "-A", "--unstable-net", new URL(path, root).pathname];
  const child = new Deno.Command(Deno.execPath(), { args: [...command, ...args] }).spawn();
  return (await child.status).code;
}

if (import.meta.main) await runScript(main);
