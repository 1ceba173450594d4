/**
 * Builds Serf as one executable file for every platform.
 *
 *     deno task compile [--output=dist] [target …]
 *
 * The program is bundled into one module first, and the bundle is tried out.
 * Then `deno compile` puts the program in parts into Deno's base runtime for each target,
 * which it downloads (or finds in its cache, or in the variable DENORT_BIN). The target
 * `self-extracting` needs no download: it holds the Deno of this machine. Each
 * result is checked as far as this machine can: that it is an executable for the
 * target, and for its own target that it starts. What cannot be built or does not
 * pass gets one line that says why, and the exit status is 1.
 *
 * Beside the programs lie the manual page, the licences and the bill of materials of
 * what is inside them, and the checksums of all files.
 */

import denoJson from "../deno.json" with { type: "json" };
import { VERSION, versionText } from "../src/cli/version.ts";
import { errorText } from "../src/ports/error_text.ts";
import {
  billOfMaterials,
  gatherIngredients,
  type Ingredients,
  licenseTexts,
} from "./bill_of_materials.ts";
import { bundleInParts, bundleWhole, engineFlags, entryName } from "./bundle.ts";
import { manPage } from "./man_page.ts";
import { selfExtractingObstacle, writeSelfExtracting } from "./self_extracting/self_extracting.ts";

/** What an executable file is, as its first bytes tell. */
export interface ExecutableKind {
  readonly format: "ELF" | "Mach-O" | "PE";
  readonly cpu: "x64" | "arm64";
}

/** The platforms that are built for, by the names that Deno has for them. */
export const targets: Readonly<Record<string, ExecutableKind>> = {
  "x86_64-unknown-linux-gnu": { format: "ELF", cpu: "x64" },
  "aarch64-unknown-linux-gnu": { format: "ELF", cpu: "arm64" },
  "x86_64-apple-darwin": { format: "Mach-O", cpu: "x64" },
  "aarch64-apple-darwin": { format: "Mach-O", cpu: "arm64" },
  "x86_64-pc-windows-msvc": { format: "PE", cpu: "x64" },
  "aarch64-pc-windows-msvc": { format: "PE", cpu: "arm64" },
};

/** The target that is one file with Deno and the bundle in it. */
export const selfExtracting = "self-extracting";

/** Everything that can be asked for. */
export const allTargets: readonly string[] = [...Object.keys(targets), selfExtracting];

/** What the command line asks for. */
export interface CompileRequest {
  readonly output: string;
  readonly targets: readonly string[];
}

/** Reads the command line. @throws {Error} with what is wrong with it. */
export function parseArguments(args: readonly string[]): CompileRequest {
  let output = "dist";
  const wanted: string[] = [];
  for (const arg of args) {
    if (arg.startsWith("--output=")) output = arg.slice("--output=".length);
    else if (allTargets.includes(arg)) wanted.push(arg);
    else throw new Error(`Not a target: "${arg}". Targets are: ${allTargets.join(", ")}`);
  }
  if (output === "") throw new Error("--output needs a folder");
  return { output, targets: wanted.length > 0 ? wanted : allTargets };
}

/** Tells what an executable is; undefined for anything else. */
export function inspectExecutable(bytes: Uint8Array): ExecutableKind | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64) return undefined;
  if (view.getUint32(0) === 0x7f45_4c46) {
    return kindOf("ELF", { 0x3e: "x64", 0xb7: "arm64" }, view.getUint16(18, true));
  }
  if (view.getUint32(0) === 0xcffa_edfe) {
    const cpus = { 0x0100_0007: "x64", 0x0100_000c: "arm64" } as const;
    return kindOf("Mach-O", cpus, view.getUint32(4, true));
  }
  if (view.getUint16(0) !== 0x4d5a) return undefined;
  const header = view.getUint32(0x3c, true);
  if (header + 6 > bytes.length || view.getUint32(header) !== 0x5045_0000) return undefined;
  return kindOf("PE", { 0x8664: "x64", 0xaa64: "arm64" }, view.getUint16(header + 4, true));
}

function kindOf(
  format: ExecutableKind["format"],
  cpus: Readonly<Record<number, ExecutableKind["cpu"]>>,
  machine: number,
): ExecutableKind | undefined {
  const cpu = cpus[machine];
  return cpu && { format, cpu };
}

/** Returns in one line why `deno compile` failed, from what it wrote to standard error. */
export function failureReason(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const request = lines.find((line) => line.includes("error sending request for url"));
  const url = request && /url \(([^)]*)\)/.exec(request)?.[1];
  if (request && url !== undefined) {
    const cause = request.slice(request.indexOf(`${url})`) + url.length + 1).replace(/^[: ]+/, "");
    return `the base runtime cannot be downloaded from ${url} (${cause})`;
  }
  const causes = lines.filter((line) => /^\d+: (?!<unknown>)/.test(line));
  const panic = lines.find((line) => line.includes("panicked at"));
  const error = lines.find((line) => line.startsWith("error: "));
  const reason = causes.at(-1)?.replace(/^\d+: /, "") ?? panic ?? error?.slice("error: ".length);
  return reason ?? lines.at(-1) ?? "deno compile failed without a word";
}

/** The result for one target. */
type Verdict =
  | { readonly ok: true; readonly file: string; readonly remark: string }
  | { readonly ok: false; readonly reason: string };

/** One run of the script. */
class Build {
  readonly #request: CompileRequest;
  readonly #scratch: string;
  readonly #program: string;
  readonly #files: string[] = [];

  constructor(request: CompileRequest, scratch: string) {
    this.#request = request;
    this.#scratch = scratch;
    this.#program = `${scratch}/program`;
  }

  /** Builds everything, tells how it went, and returns the exit status. */
  async run(): Promise<number> {
    const { output, targets: wanted } = this.#request;
    const base = Deno.env.get("DENORT_BIN");
    if (base) console.log(`The base runtime is ${base} for every target, as DENORT_BIN says.`);

    const bundle = `serf-${VERSION}.js`;
    const problem = await this.#bundle(`${this.#scratch}/${bundle}`);
    if (problem !== undefined) {
      console.log(`bundle: FAILED: ${problem}`);
      return 1;
    }
    await this.#keep(bundle);
    console.log(`bundle: ${output}/${bundle}, starts`);
    const ingredients = await gatherIngredients(VERSION);
    await bundleInParts(this.#program);

    let failures = 0;
    for (const target of wanted) {
      const verdict = target === selfExtracting
        ? await this.#packSelfExtracting(ingredients)
        : await this.#compile(target);
      if (verdict.ok) console.log(`${target}: ${output}/${verdict.file}, ${verdict.remark}`);
      else console.log(`${target}: FAILED: ${verdict.reason}`);
      if (!verdict.ok) failures++;
    }
    await this.#write(`serf-${VERSION}.cdx.json`, billOfMaterials(ingredients));
    await this.#write("LICENSES", licenseTexts(ingredients));
    await this.#write("serf.1", await manPage());
    await this.#writeChecksums();
    console.log(`${wanted.length - failures} of ${wanted.length} targets built`);
    return failures === 0 ? 0 : 1;
  }

  /** Bundles the program and starts it; returns what is wrong, if anything. */
  async #bundle(path: string): Promise<string | undefined> {
    try {
      await bundleWhole(path);
    } catch (error) {
      const message = errorText(error);
      return failureReason(message.replace(/^"[^"]*" failed: /, ""));
    }
    const started = await deno("run", "-A", "--unstable-net", "--no-config", path, "version");
    return startProblem(started);
  }

  async #packSelfExtracting(ingredients: Ingredients): Promise<Verdict> {
    const file = `serf-${VERSION}-${Deno.build.target}.run`;
    const path = `${this.#scratch}/${file}`;
    await this.#forget(file);
    if (selfExtractingObstacle !== undefined) return { ok: false, reason: selfExtractingObstacle };
    try {
      const scratch = `${this.#scratch}/parts`;
      await Deno.mkdir(scratch);
      await writeSelfExtracting(path, {
        version: VERSION,
        licenses: licenseTexts(ingredients),
        scratch,
      });
    } catch (error) {
      return { ok: false, reason: errorText(error) };
    }
    const cache = `${this.#scratch}/unpacked`;
    const problem = startProblem(await run(path, ["version"], { XDG_CACHE_HOME: cache }));
    if (problem !== undefined) return { ok: false, reason: problem };
    await this.#keep(file);
    return { ok: true, file, remark: `starts, for ${Deno.build.target}` };
  }

  async #compile(target: string): Promise<Verdict> {
    const kind = targets[target];
    const file = `serf-${VERSION}-${target}${kind?.format === "PE" ? ".exe" : ""}`;
    const path = `${this.#scratch}/${file}`;
    await this.#forget(file);
    // With a cache for compiled code, the runtime would load what lies in a folder where
    // everybody may write, whoever put it there. Parts start as fast without.
    const compiled = await deno(
      ...["compile", "--no-config", "--no-check", "--allow-all", "--no-prompt", "--unstable-net"],
      ...["--no-code-cache", engineFlags, "--include", this.#program],
      ...["--target", target, "-o", path, `${this.#program}/${entryName}`],
    );
    if (!compiled.success) return { ok: false, reason: failureReason(compiled.stderr) };

    const found = inspectExecutable(await Deno.readFile(path));
    if (!found || found.format !== kind?.format || found.cpu !== kind.cpu) {
      const what = found ? `${found.format} for ${found.cpu}` : "no executable";
      return { ok: false, reason: `the base runtime is of another platform: ${what}` };
    }
    const isOwn = target === Deno.build.target;
    if (isOwn) {
      const problem = startProblem(await run(path, ["version"]));
      if (problem !== undefined) return { ok: false, reason: problem };
    }
    await this.#keep(file);
    return { ok: true, file, remark: isOwn ? "starts" : "not started: this is another platform" };
  }

  /** Removes what an earlier run left, so that it cannot pass for the result of this one. */
  async #forget(file: string): Promise<void> {
    await Deno.remove(`${this.#request.output}/${file}`).catch(() => {});
  }

  /** Puts a text beside the programs. */
  async #write(file: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#request.output}/${file}`, text);
    this.#files.push(file);
  }

  /** Moves a good file to where the user wants it. */
  async #keep(file: string): Promise<void> {
    await Deno.copyFile(`${this.#scratch}/${file}`, `${this.#request.output}/${file}`);
    this.#files.push(file);
  }

  /** Writes what `sha256sum --check` reads. */
  async #writeChecksums(): Promise<void> {
    let sums = "";
    for (const file of this.#files) {
      const bytes = await Deno.readFile(`${this.#request.output}/${file}`);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      sums += `${digest.toHex()}  ${file}\n`;
    }
    await Deno.writeTextFile(`${this.#request.output}/SHA256SUMS`, sums);
  }
}

/** What a finished command said. */
interface Finished {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

function deno(...args: readonly string[]): Promise<Finished> {
  return run(Deno.execPath(), args);
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      env: { NO_COLOR: "1", ...env },
    }).output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    return { success: false, stdout: "", stderr: `error: ${error}` };
  }
}

/** Says what is wrong with a start of `serf version`, if anything. */
function startProblem({ success, stdout, stderr }: Finished): string | undefined {
  if (success && stdout === `${versionText}\n`) return undefined;
  const said = (stdout + stderr).trim().split("\n")[0] ?? "";
  return `it does not start: "serf version" ${said === "" ? "prints nothing" : `says ${said}`}`;
}

async function main(args: readonly string[]): Promise<number> {
  if (denoJson.version !== VERSION) {
    console.log(`deno.json says version ${denoJson.version}, the program ${VERSION}`);
    return 1;
  }
  let request: CompileRequest;
  try {
    request = parseArguments(args);
  } catch (error) {
    console.log(errorText(error));
    return 1;
  }
  await Deno.mkdir(request.output, { recursive: true });
  const scratch = await Deno.makeTempDir({ prefix: "serf-compile-" });
  try {
    return await new Build(request, scratch).run();
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

if (import.meta.main) {
  Deno.chdir(new URL("..", import.meta.url));
  Deno.exit(await main(Deno.args));
}
