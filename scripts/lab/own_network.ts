/**
 * A network for one program alone.
 *
 * Packets can be counted and dropped there without harm to anybody, and no address is taken.
 */

import { toolOutput } from "./tool_output.ts";

/** Set in there only. */
const marker = "SERF_BENCH_FOLDER";

/** The command that runs another one in a network of its own, and in further namespaces. */
export function ownNetwork(...namespaces: readonly string[]): [string, ...string[]] {
  return ["unshare", "--net", ...namespaces, "sh", "-ec", 'ip link set lo up; exec "$@"', "sh"];
}

/** The folder that this process was given if it has a network of its own; undefined if not. */
export function folderInOwnNetwork(): string | undefined {
  return Deno.env.get(marker);
}

/**
 * Runs this very program again in a network of its own. Whatever it starts ends with it, because
 * processes and mounts have a namespace of their own as well.
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
  const [command, ...enter] = ownNetwork("--pid", "--fork", "--kill-child", "--mount-proc");
  // A network is of use only if there are tools to build with and to count.
  const obstacle = await toolOutput(command, ...enter, "nft", "list", "tables")
    .then(() => undefined, (error: Error) => error.message);
  if (obstacle !== undefined) return obstacle;

  const child = new Deno.Command(command, {
    args: [...enter, Deno.execPath(), "run", "-A", "--unstable-net", Deno.mainModule, ...args],
    env: { [marker]: folder },
    stdin: "null",
  }).spawn();
  // The first process of a namespace does not hear what ends others.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => child.kill("SIGKILL"));
  }
  return (await child.status).code;
}
