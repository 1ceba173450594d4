/**
 * Finds HashiCorp's `serf`, the reference that mixed-cluster tests and benchmarks
 * run against.
 */

import { versionText } from "../../src/cli/version.ts";

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
    const said = new TextDecoder().decode(stdout);
    // This program speaks that protocol too, and may well be installed under the same name.
    return said.includes("Agent Protocol: 5") && said !== `${versionText}\n`;
  } catch {
    return false;
  }
}
