/**
 * Finds HashiCorp's `serf`, the reference that mixed-cluster tests and benchmarks
 * run against, and installs Debian's package where that is possible.
 */

const candidates = ["/usr/bin/serf", "/usr/local/bin/serf", "/usr/sbin/serf"];

/** Returns the path of HashiCorp's `serf`, or undefined; `SERF_REFERENCE` overrides the search. */
export async function findReferenceSerf(): Promise<string | undefined> {
  const override = Deno.env.get("SERF_REFERENCE");
  const paths = override ? [override] : candidates;
  for (const path of paths) {
    if (await isReferenceSerf(path)) return path;
  }
  return undefined;
}

/** Whether the file at `path` is a Serf that speaks the agent protocol of the reference. */
async function isReferenceSerf(path: string): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command(path, {
      args: ["version"],
      stdin: "null",
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).includes("Agent Protocol: 5");
  } catch {
    return false;
  }
}

/** Installs Debian's packages that the tests use if they are missing and this process may. */
export async function installReferenceSerf(): Promise<void> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return;
  const missing: string[] = [];
  if (await findReferenceSerf() === undefined) missing.push("serf");
  if (!await exists("/sbin/ip") && !await exists("/usr/sbin/ip")) missing.push("iproute2");
  if (missing.length === 0) return;

  console.log(`Installing ${missing.join(" and ")} for the tests`);
  await runQuietly("apt-get", ["update", "-qq"]);
  await runQuietly("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing]);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Runs a command whose failure only means that something stays missing. */
async function runQuietly(command: string, args: readonly string[]): Promise<void> {
  try {
    await new Deno.Command(command, {
      args: [...args],
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
  } catch {
    // No package manager here: the tests that need the package will say so.
  }
}
