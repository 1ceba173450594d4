/** The parts of other projects that tests run against, as Debian's packages. */

import { toolOutput } from "./lab/command.ts";

/** The programs that tests look for, and Debian's package of each. */
export const debianPackages: Readonly<Record<string, string>> = {
  dnsmasq: "dnsmasq-base",
  fish: "fish",
  haproxy: "haproxy",
  ip: "iproute2",
  mandoc: "mandoc",
  memcached: "memcached",
  nginx: "nginx-light",
  nutcracker: "nutcracker",
  zsh: "zsh",
};

const folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
/** In runlevel 1 Debian's packages start no service. */
const quietly = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq"] as const;

/** Returns the path of a program, or undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const path = `${folder}/${name}`;
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return undefined;
}

/** The packages of those programs that are not here. */
export async function missingPackages(programs: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const name of programs) {
    if (await findProgram(name) === undefined) missing.push(debianPackages[name] ?? name);
  }
  return missing;
}

/** Installs packages; returns what went wrong, if anything did. */
export async function installPackages(packages: readonly string[]): Promise<string | undefined> {
  const problemOf = (...args: readonly string[]) =>
    toolOutput(...quietly, ...args).then(
      () => undefined,
      (error: Error) => error.message.split("\n").at(-1),
    );
  const install = (...names: readonly string[]) =>
    problemOf("install", "-y", "--no-install-recommends", ...names);
  const update = await problemOf("update");
  const failure = await install(...packages);
  if (failure === undefined) return undefined;
  // One by one where all at once fails: what one release lacks must not cost the rest.
  for (const name of packages) await install(name);
  return update ?? failure;
}
