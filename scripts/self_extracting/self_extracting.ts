/**
 * Builds the program as one file that needs nothing installed: a shell script
 * with an archive of Deno and the program behind it (`stub.sh` says how it runs).
 *
 * It holds the Deno that runs this script, so it is for the platform it is made on.
 */

import { bundleInParts, engineFlags } from "../bundle.ts";
import { toolOutput } from "../lab/command.ts";

interface SelfExtractingParts {
  readonly version: string;
  /** The licences of everything inside. */
  readonly licenses: string;
  /** An empty folder to work in. */
  readonly scratch: string;
}

/** Why such a file cannot be made on this machine; undefined if it can. */
export const selfExtractingObstacle: string | undefined = Deno.build.os === "linux"
  ? undefined
  : `it holds the Deno of the machine it is made on, and is for Linux: this is ${Deno.build.os}`;

/** Writes the file to `path`. @throws {Error} with the reason. */
export async function writeSelfExtracting(path: string, parts: SelfExtractingParts): Promise<void> {
  const { version, licenses, scratch } = parts;
  await bundleInParts(scratch);
  await Deno.copyFile(Deno.execPath(), `${scratch}/deno`);
  await Deno.chmod(`${scratch}/deno`, 0o755);
  await Deno.writeTextFile(`${scratch}/LICENSES`, licenses);
  await packFolder(path, scratch, version);
}

/**
 * Packs the files of a folder, the runtime `deno` and the entry `serf.js` among them,
 * into one that unpacks itself. The folder serves for scratch as well.
 */
export async function packFolder(path: string, scratch: string, version: string): Promise<void> {
  const files = [...Deno.readDirSync(scratch)].map(({ name }) => name).sort();
  const text = await sums(scratch, files);
  await Deno.writeTextFile(`${scratch}/SUMS`, text);
  // No name, time or owner of this machine goes in: the same parts make the same file.
  await toolOutput(
    ...["tar", "--create", `--file=${scratch}/archive.tar`, `--directory=${scratch}`] as const,
    ...["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=u=rwX,go=rX"],
    ...["SUMS", ...files],
  );
  await toolOutput("gzip", "--no-name", `${scratch}/archive.tar`);
  const sumsHash = await sha256(new TextEncoder().encode(text));
  const template = await Deno.readTextFile(new URL("stub.sh", import.meta.url));
  const stub = fillStub(template, {
    VERSION: version,
    TARGET: Deno.build.target,
    ENGINE_FLAGS: engineFlags,
    HASH: sumsHash.slice(0, 16),
    SUMS_HASH: sumsHash,
  });
  await Deno.writeTextFile(path, stub, { mode: 0o755 });
  await Deno.writeFile(path, await Deno.readFile(`${scratch}/archive.tar.gz`), { append: true });
}

/** Returns what `sha256sum --check` reads about files of a folder. */
export async function sums(folder: string, files: readonly string[]): Promise<string> {
  const lines = files.map(async (file) =>
    `${await sha256(await Deno.readFile(`${folder}/${file}`))}  ${file}\n`
  );
  return (await Promise.all(lines)).join("");
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Fills the stub's blanks; the archive starts on the line behind it. */
export function fillStub(template: string, values: Readonly<Record<string, string>>): string {
  const lines = template.split("\n").length;
  const all = { ...values, ARCHIVE_LINE: String(lines) };
  const filled = Object.entries(all).reduce(
    (text, [name, value]) => text.replaceAll(`@${name}@`, value),
    template,
  );
  const blank = /@[A-Z_]+@/.exec(filled)?.[0];
  if (blank !== undefined) throw new Error(`The stub has a blank that nothing fills: ${blank}`);
  return filled;
}
