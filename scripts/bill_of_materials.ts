/**
 * What the program is made of, for those who must know: a bill of materials in
 * the CycloneDX format, and the licences of everything inside.
 *
 * Both follow what `main.ts` really reaches, with the digests of the lock file, so
 * packages that only tests use are in neither.
 */

import { toolOutput } from "./lab/command.ts";

/** A package as it goes into the program. */
export interface Part {
  readonly name: string;
  readonly version: string;
  /** As the lock file has it, for instance `sha512-…`. */
  readonly integrity: string;
  /** An SPDX expression. */
  readonly license: string;
  readonly licenseText: string;
  /** Parts that this one needs, as `name@version`. */
  readonly needs: readonly string[];
}

/** The facts that the two documents are written from. */
export interface Ingredients {
  readonly version: string;
  readonly denoVersion: string;
  readonly ownLicense: string;
  /** By `name@version`, sorted. */
  readonly parts: ReadonlyMap<string, Part>;
}

/** What `deno info --json` tells. */
interface ModuleGraph {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, NpmPackage>>;
}

interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly localPath: string;
}

/** Gathers the facts from the sources, the lock file and the packages themselves. */
export async function gatherIngredients(version: string): Promise<Ingredients> {
  const info = await toolOutput(Deno.execPath(), "info", "--json", "main.ts");
  const graph: ModuleGraph = JSON.parse(info);
  const lock: { npm: Record<string, { integrity: string }> } = JSON.parse(
    await Deno.readTextFile("deno.lock"),
  );
  const parts = new Map<string, Part>();
  for (const id of reachedPackages(graph)) {
    const found = graph.npmPackages[id];
    const locked = lock.npm[id];
    if (!found || !locked) throw new Error(`deno.lock does not have "${id}": run "deno install"`);
    const { name, version, dependencies: needs, localPath } = found;
    const described = JSON.parse(await Deno.readTextFile(`${localPath}/package.json`));
    const license: string = described.license;
    const licenseText = await readLicense(localPath);
    parts.set(id, { name, version, integrity: locked.integrity, license, licenseText, needs });
  }
  const ownLicense = await Deno.readTextFile("LICENSE");
  return { version, denoVersion: Deno.version.deno, ownLicense, parts };
}

/** The packages that modules import, and those that they need in turn. */
function reachedPackages({ modules, npmPackages }: ModuleGraph): string[] {
  const reached = new Set(modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  // What is added while the set is walked is walked as well.
  for (const id of reached) {
    for (const needed of npmPackages[id]?.dependencies ?? []) reached.add(needed);
  }
  return [...reached].sort();
}

async function readLicense(folder: string): Promise<string> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && /^licen[cs]e/i.test(name)) return await Deno.readTextFile(`${folder}/${name}`);
  }
  return "";
}

/** Returns the bill of materials, as CycloneDX 1.5 in JSON. */
export function billOfMaterials({ version, denoVersion, parts }: Ingredients): string {
  const self = `serf@${version}`;
  const runtime = `pkg:github/denoland/deno@v${denoVersion}`;
  const references = new Map([...parts].map(([id, part]) => [id, packageUrl(part)]));
  const needed = new Set([...parts.values()].flatMap((part) => part.needs));
  const direct = [...parts.keys()].filter((id) => !needed.has(id));
  const referTo = (ids: readonly string[]) => ids.map((id) => references.get(id) ?? id);

  const license = { license: { id: "MIT" } };
  const bill = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": self,
        name: "serf",
        version,
        licenses: [license],
      },
    },
    components: [
      {
        ...{ type: "platform", "bom-ref": runtime, name: "deno", version: denoVersion },
        ...{ purl: runtime, licenses: [license] },
      },
      ...[...parts].map(([id, { name, version, license, integrity }]) => ({
        ...{ type: "library", "bom-ref": references.get(id), name, version },
        ...{ purl: references.get(id), licenses: [{ expression: license }] },
        hashes: [readIntegrity(integrity)],
      })),
    ],
    dependencies: [
      { ref: self, dependsOn: [runtime, ...referTo(direct)] },
      { ref: runtime, dependsOn: [] },
      ...[...parts].map(([id, { needs }]) => (
        { ref: references.get(id), dependsOn: referTo(needs) }
      )),
    ],
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

/** Returns the licences of the program and of everything inside it. */
export function licenseTexts({ ownLicense, denoVersion, parts }: Ingredients): string {
  const terms = ownLicense.slice(ownLicense.indexOf("Permission is hereby granted")).trim();
  const deno = `Deno ${denoVersion}: MIT\n\nCopyright the Deno authors\n\n${terms}\n`;
  const others = [...parts].map(([id, { license, licenseText }]) =>
    `${id}: ${license}\n\n${licenseText.trim()}\n`
  );
  return [`Serf\n\n${ownLicense.trim()}\n`, deno, ...others].join(`\n${"-".repeat(72)}\n\n`);
}

function packageUrl({ name, version }: Part): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function readIntegrity(integrity: string): { alg: string; content: string } {
  const [algorithm = "", digest = ""] = integrity.split("-", 2);
  const alg = { sha512: "SHA-512", sha384: "SHA-384", sha256: "SHA-256" }[algorithm];
  if (alg === undefined) throw new Error(`Not a digest that CycloneDX knows: "${integrity}"`);
  return { alg, content: Uint8Array.fromBase64(digest).toHex() };
}
