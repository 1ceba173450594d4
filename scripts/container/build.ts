/**
 * Builds the container image, from nothing but what this machine has.
 *
 *     deno task container [image]
 *
 * Assembles the root file system below `dist/container`, states its size, and has
 * the first of podman, docker and buildah that is here make an image of it.
 */

import { VERSION } from "../../src/agent/version.ts";
import { errorText } from "../../src/ports/error_text.ts";
import { bundleInParts } from "../bundle.ts";
import { toolOutput } from "../lab/command.ts";

const folder = "dist/container";

/** Fills `root` with the container's files; `program` is a new folder. @throws {Error} with the reason. */
export async function assembleRoot(root: string, program: string): Promise<void> {
  if (Deno.build.os !== "linux") {
    throw new Error("The files come from this machine: it takes Linux");
  }
  await bundleInParts(program);
  await toolOutput("sh", "scripts/container/root.sh", root, Deno.execPath(), program);
}

/** The sum of all files' sizes, in bytes. */
export async function sizeOf(folder: string): Promise<number> {
  let size = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    size += isDirectory ? await sizeOf(path) : (await Deno.lstat(path)).size;
  }
  return size;
}

async function findBuilder(): Promise<string | undefined> {
  for (const tool of ["podman", "docker", "buildah"]) {
    // Its client alone is not enough: docker needs its engine to run.
    if (await toolOutput(tool, "info").then(() => true, () => false)) return tool;
  }
  return undefined;
}

async function main([image = `serf:${VERSION}`]: readonly string[]): Promise<number> {
  try {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(folder, { recursive: true });
    await assembleRoot(`${folder}/root`, `${folder}/program`);
    const megabytes = Math.round(await sizeOf(`${folder}/root`) / 1e6);
    console.log(`root file system: ${folder}/root, ${megabytes} MB`);
    const builder = await findBuilder();
    if (builder === undefined) {
      console.log("image: FAILED: there is no podman, docker or buildah that works");
      return 1;
    }
    const file = ["--file", "scripts/container/Containerfile"];
    await toolOutput(builder, "build", ...file, "--tag", image, folder);
    console.log(`image: ${image}, by ${builder}`);
    return 0;
  } catch (error) {
    console.log(`FAILED: ${errorText(error)}`);
    return 1;
  }
}

if (import.meta.main) {
  Deno.chdir(new URL("../..", import.meta.url));
  Deno.exit(await main(Deno.args));
}
