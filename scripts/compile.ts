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

import { errorText } from "../src/ports/error_text.ts";
import { parseArgs } from "node:util";
import denoJson from "../deno.json" with { type: "json" };
import { VERSION } from "../src/agent/version.ts";
import { versionText } from "../src/cli/version.ts";
import {
  billOfMaterials,
  gatherIngredients,
  type Ingredients,
  licenseTexts,
} from "./bill_of_materials.ts";
import { bundleInParts, bundleWhole, engineFlags, entryName } from "./bundle.ts";
import { type Command, run } from "./lab/command.ts";
import { ScratchFolder } from "./lab/scratch_folder.ts";
import { manPage } from "./man_page.ts";
import {
  selfExtractingObstacle,
  sums,
  writeSelfExtracting,
} from "./self_extracting/self_extracting.ts";

/** What an executable file is, as its first bytes tell. */
interface ExecutableKind {
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
const selfExtracting = "self-extracting";

/** Everything that can be asked for. */
export const allTargets: readonly string[] = [...Object.keys(targets), selfExtracting];

/** Reads the command line. @throws {Error} with what is wrong with it. */
export function parseArguments(
  args: readonly string[],
): { readonly output: string; readonly targets: readonly string[] } {
  const options = { output: { type: "string", default: "dist" } } as const;
  const { values: { output }, positionals: wanted } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
  });
  const unknown = wanted.find((target) => !allTargets.includes(target));
  if (unknown !== undefined) {
    throw new Error(`Not a target: "${unknown}". Targets are: ${allTargets.join(", ")}`);
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

/** A file that was built, and what is known of it. */
interface Built {
  readonly file: string;
  readonly remark: string;
}

class Build {
  readonly #output: string;
  readonly #scratch: string;
  readonly #program: string;
  readonly #files: string[] = [];

  constructor(output: string, scratch: string) {
    this.#output = output;
    this.#scratch = scratch;
    this.#program = `${scratch}/program`;
  }

  /** Builds everything, tells how it went, and returns the exit status. */
  async run(wanted: readonly string[]): Promise<number> {
    const base = Deno.env.get("DENORT_BIN");
    if (base) console.log(`The base runtime is ${base} for every target, as DENORT_BIN says.`);
    if (!await this.#report("bundle", () => this.#bundle())) return 1;

    const ingredients = await gatherIngredients(VERSION);
    await bundleInParts(this.#program);
    let built = 0;
    for (const target of wanted) {
      const isBuilt = await this.#report(
        target,
        () => target === selfExtracting ? this.#pack(ingredients) : this.#compile(target),
      );
      if (isBuilt) built++;
    }
    await this.#write(`serf-${VERSION}.cdx.json`, billOfMaterials(ingredients));
    await this.#write("LICENSES", licenseTexts(ingredients));
    await this.#write("serf.1", await manPage());
    await Deno.writeTextFile(`${this.#output}/SHA256SUMS`, await sums(this.#output, this.#files));
    console.log(`${built} of ${wanted.length} targets built`);
    return built === wanted.length ? 0 : 1;
  }

  /** Keeps what is built and works; says in one line what or why not. */
  async #report(what: string, build: () => Promise<Built>): Promise<boolean> {
    try {
      const { file, remark } = await build();
      await Deno.copyFile(`${this.#scratch}/${file}`, `${this.#output}/${file}`);
      this.#files.push(file);
      console.log(`${what}: ${this.#output}/${file}, ${remark}`);
      return true;
    } catch (error) {
      console.log(`${what}: FAILED: ${errorText(error)}`);
      return false;
    }
  }

  async #bundle(): Promise<Built> {
    const file = `serf-${VERSION}.js`;
    const path = `${this.#scratch}/${file}`;
    await bundleWhole(path).catch((error: unknown) => {
      throw new Error(failureReason(errorText(error).replace(/^"[^"]*" failed: /, "")));
    });
    await start(Deno.execPath(), "run", "-A", "--unstable-net", "--no-config", path);
    return { file, remark: "starts" };
  }

  async #pack(ingredients: Ingredients): Promise<Built> {
    const file = `serf-${VERSION}-${Deno.build.target}.run`;
    const path = `${this.#scratch}/${file}`;
    await this.#forget(file);
    if (selfExtractingObstacle !== undefined) throw new Error(selfExtractingObstacle);
    const scratch = `${this.#scratch}/parts`;
    await Deno.mkdir(scratch);
    const licenses = licenseTexts(ingredients);
    await writeSelfExtracting(path, { version: VERSION, licenses, scratch });
    await start("env", `XDG_CACHE_HOME=${this.#scratch}/unpacked`, path);
    return { file, remark: `starts, for ${Deno.build.target}` };
  }

  async #compile(target: string): Promise<Built> {
    const kind = targets[target];
    const file = `serf-${VERSION}-${target}${kind?.format === "PE" ? ".exe" : ""}`;
    const path = `${this.#scratch}/${file}`;
    await this.#forget(file);
    // With a cache for compiled code, the runtime would load what lies in a folder where
    // every user may write. Parts start as fast without.
    const flags = ["--allow-all", "--unstable-net", "--no-code-cache", "--no-prompt", engineFlags];
    const place = ["--target", target, "--include", this.#program, "-o", path];
    const entry = `${this.#program}/${entryName}`;
    const command = ["compile", "--no-config", "--no-check", ...flags, ...place, entry];
    const { code, stderr } = await run([Deno.execPath(), ...command]);
    if (code !== 0) throw new Error(failureReason(stderr));

    const found = inspectExecutable(await Deno.readFile(path));
    if (!found || found.format !== kind?.format || found.cpu !== kind.cpu) {
      const what = found ? `${found.format} for ${found.cpu}` : "no executable";
      throw new Error(`the base runtime is of another platform: ${what}`);
    }
    if (target !== Deno.build.target) {
      return { file, remark: "not started: this is another platform" };
    }
    await start(path);
    return { file, remark: "starts" };
  }

  /** Removes what an earlier run left, so that it cannot pass for the result of this one. */
  async #forget(file: string): Promise<void> {
    await Deno.remove(`${this.#output}/${file}`).catch(() => {});
  }

  /** Puts a text beside the programs. */
  async #write(file: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#output}/${file}`, text);
    this.#files.push(file);
  }
}

/** Starts a program for its version. @throws {Error} saying what is wrong with it. */
async function start(...program: Command): Promise<void> {
  const { code, stdout, stderr } = await run([...program, "version"])
    .catch((error) => ({ code: 1, stdout: "", stderr: `error: ${error}` }));
  if (code === 0 && stdout === `${versionText}\n`) return;
  const said = (stdout + stderr).trim().split("\n")[0] ?? "";
  const says = said === "" ? "prints nothing" : `says ${said}`;
  throw new Error(`it does not start: "serf version" ${says}`);
}

async function main(args: readonly string[]): Promise<number> {
  try {
    if (denoJson.version !== VERSION) {
      throw new Error(`deno.json says version ${denoJson.version}, the program ${VERSION}`);
    }
    const { output, targets } = parseArguments(args);
    await Deno.mkdir(output, { recursive: true });
    using scratch = new ScratchFolder();
    return await new Build(output, scratch.path).run(targets);
  } catch (error) {
    console.log(errorText(error));
    return 1;
  }
}

if (import.meta.main) {
  Deno.chdir(new URL("..", import.meta.url));
  Deno.exit(await main(Deno.args));
}
