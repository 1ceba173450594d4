/**
 * A network for the benchmark alone.
 *
 * Packets can be counted and dropped there without harm to anybody, no address is
 * taken, and whatever was started ends with the benchmark, because processes and
 * mounts have a namespace of their own as well.
 */

/** Set in there only. */
const marker = "SERF_BENCH_FOLDER";

/** The folder that this process was given if it has a network of its own; undefined if not. */
export function folderInOwnNetwork(): string | undefined {
  return Deno.env.get(marker);
}

/**
 * Runs this very program again in a network of its own.
 *
 * @param folder what it needs that cannot be had in there.
 * @param args what it is told.
 * @returns its exit code, or why there can be no such network.
 */
export async function runInOwnNetwork(
  folder: string,
  args: readonly string[],
): Promise<number | string> {
  if (Deno.build.os !== "linux") return "only Linux has namespaces";
  if (Deno.uid() !== 0) return "namespaces take root";
  const enter = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  // A network is of use only if there are tools to build with and to count.
  const attempt = await run("unshare", [
    ...enter,
    "sh",
    "-ec",
    "ip link set lo up; nft list tables",
  ]);
  if (attempt !== undefined) return attempt;

  const child = new Deno.Command("unshare", {
    args: [
      ...enter,
      ...["sh", "-ec", 'ip link set lo up; exec "$@"', "sh"],
      ...[Deno.execPath(), "run", "-A", "--unstable-net", Deno.mainModule, ...args],
    ],
    env: { [marker]: folder },
    stdin: "null",
  }).spawn();
  // The first process of a namespace does not hear what ends others.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => child.kill("SIGKILL"));
  }
  return (await child.status).code;
}

/** Runs a command; returns what went wrong, if anything did. */
async function run(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "null",
    }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim() || `${program} failed`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
