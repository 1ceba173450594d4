/**
 * Deliberate breakages of the core: a copy of the sources, changed in one place
 * and loaded beside the real ones.
 */

import { join } from "node:path";

/** One breakage: `from` must stand in the file exactly once, so that a mutant never goes stale. */
export interface Mutant {
  /** What the core gets wrong. */
  readonly title: string;
  /** Below `src`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Everything that a simulation is made of. */
const folders = ["bytes", "ports", "go", "wire", "coordinate", "memberlist", "serf", "sim"];

/** Where the sources are. */
const source = new URL("../../src/", import.meta.url);

/** Copies the core into `folder`, broken as the mutant says. */
export async function writeMutant(folder: string, mutant: Mutant): Promise<void> {
  await Deno.copyFile(new URL("assert.ts", source), join(folder, "assert.ts"));
  await Promise.all(folders.map((name) => copyFolder(new URL(name, source), join(folder, name))));
  const path = join(folder, mutant.file);
  const text = await Deno.readTextFile(path);
  const parts = text.split(mutant.from);
  if (parts.length !== 2) {
    throw new Error(
      `Mutant "${mutant.title}" does not apply: src/${mutant.file} has its text ` +
        `${parts.length - 1} times instead of once. Write it anew for the present source.`,
    );
  }
  await Deno.writeTextFile(path, parts.join(mutant.to));
}

async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const entry = new URL(`${from}/${name}`);
    await (isDirectory ? copyFolder(entry, join(to, name)) : Deno.copyFile(entry, join(to, name)));
  }
}
