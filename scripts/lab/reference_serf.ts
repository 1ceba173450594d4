/** Finds HashiCorp's `serf`, the reference that mixed-cluster tests and benchmarks run against. */

import { versionText } from "../../src/cli/version.ts";
import { run } from "./command.ts";

const candidates = ["/usr/bin/serf", "/usr/local/bin/serf", "/usr/sbin/serf"];

/** Returns the path of HashiCorp's `serf`, or undefined; `SERF_REFERENCE` overrides the search. */
export async function findReferenceSerf(): Promise<string | undefined> {
  const override = Deno.env.get("SERF_REFERENCE");
  for (const path of override ? [override] : candidates) {
    const said = await run([path, "version"]).then(({ stdout }) => stdout, () => "");
    // This program speaks that protocol too, and may be installed under the same name.
    if (said.includes("Agent Protocol: 5") && said !== `${versionText}\n`) return path;
  }
  return undefined;
}
