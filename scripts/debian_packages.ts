/**
 * The parts of other projects that tests run against, as Debian's packages: finds
 * them, and installs what is missing where that is possible.
 */

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

/** Installs packages, if this is Debian and this process may; failing is no error. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  if (packages.length === 0 || Deno.build.os !== "linux" || Deno.uid() !== 0) return;
  console.log(`Installing ${packages.join(", ")} for the tests`);
  await runQuietly("apt-get", ["update", "-qq"]);
  // One by one where all at once fails: what one release lacks must not cost the rest.
  const install = ["install", "-y", "-qq", "--no-install-recommends"];
  if (await runQuietly("apt-get", [...install, ...packages])) return;
  for (const name of packages) await runQuietly("apt-get", [...install, name]);
}

/** Runs a command whose failure only means that something stays missing. */
async function runQuietly(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, {
      args: [...args],
      // In runlevel 1 Debian's packages start no service.
      env: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    // No package manager here: the tests that need the package will say so.
    return false;
  }
}
