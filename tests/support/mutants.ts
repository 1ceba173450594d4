/**
 * Deliberate breakages of the core: a copy of the sources, changed in one place
 * and loaded beside the real ones.
 */

import { dirname, join } from "node:path";

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
const folders = ["bytes", "ports", "wire", "coordinate", "memberlist", "serf", "sim"];

/** Where the sources are. */
const source = new URL("../../src/", import.meta.url);

/** Copies the core into `folder`, broken as the mutant says. */
export async function writeMutant(folder: string, mutant: Mutant): Promise<void> {
  await copy(folder, "assert.ts");
  for (const name of folders) {
    await Deno.mkdir(join(folder, name));
    for await (const entry of Deno.readDir(new URL(`${name}/`, source))) {
      await copy(folder, `${name}/${entry.name}`);
    }
  }
  const path = join(folder, mutant.file);
  const text = await Deno.readTextFile(path);
  const parts = text.split(mutant.from);
  if (parts.length !== 2) {
    throw new Error(
      `Mutant "${mutant.title}" does not apply: src/${mutant.file} has its text ` +
        `${parts.length - 1} times instead of once. Write it anew for the present source.`,
    );
  }
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, parts.join(mutant.to));
}

async function copy(folder: string, path: string): Promise<void> {
  await Deno.copyFile(new URL(path, source), join(folder, path));
}
