/**
 * The parts of other projects that tests run against, as Debian's packages: finds
 * them, and installs what is missing where that is possible.
 */

import { errorText } from "../src/ports/error_text.ts";

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
  const update = await runQuietly("apt-get", ["update", "-qq"]);
  const install = ["install", "-y", "-qq", "--no-install-recommends"];
  const failure = await runQuietly("apt-get", [...install, ...packages]);
  if (failure === undefined) return undefined;
  // One by one where all at once fails: what one release lacks must not cost the rest.
  for (const name of packages) await runQuietly("apt-get", [...install, name]);
  return update ?? failure;
}

/** Runs a command; returns the last line of what it complained about if it failed. */
async function runQuietly(
  command: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    const { code, success, stderr } = await new Deno.Command(command, {
      args: [...args],
      // In runlevel 1 Debian's packages start no service.
      env: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
      stdin: "null",
      stdout: "null",
    }).output();
    if (success) return undefined;
    const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
    return said || `${command} ends with status ${code}`;
  } catch (error) {
    return errorText(error);
  }
}
