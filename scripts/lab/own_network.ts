/** A network for one program alone, to count and drop packets in, with all addresses free. */

import { toolOutput } from "./command.ts";

/** The variable that is set in there only. */
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
 * Runs this program again in a network of its own. All that it starts ends with it, because
 * processes and mounts have a namespace of their own as well.
 *
 * @param folder holds what cannot be downloaded in there.
 * @returns its exit code, or why a network cannot be made.
 */
export async function runInOwnNetwork(
  folder: string,
  args: readonly string[],
): Promise<number | string> {
  if (Deno.build.os !== "linux") return "only Linux has namespaces";
  if (Deno.uid() !== 0) return "namespaces take root";
  const [command, ...enter] = ownNetwork("--pid", "--fork", "--kill-child", "--mount-proc");
  const obstacle = await toolOutput(command, ...enter, "nft", "list", "tables")
    .then(() => undefined, (error: Error) => error.message);
  if (obstacle !== undefined) return obstacle;

  const child = new Deno.Command(command, {
    args: [...enter, Deno.execPath(), "run", "-A", "--unstable-net", Deno.mainModule, ...args],
    env: { [marker]: folder },
    stdin: "null",
  }).spawn();
  // The first process of a namespace ignores signals that it does not handle.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => child.kill("SIGKILL"));
  }
  return (await child.status).code;
}
