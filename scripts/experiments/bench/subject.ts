/** What is measured: programs with Serf's command line. */

import { engineFlags, entryName } from "../../bundle.ts";
import type { Program } from "../../lab/cluster.ts";
import { findReferenceSerf } from "../../lab/reference_serf.ts";

/** One of them. */
export interface Subject extends Program {
  /** What runs any module as the program is run; only where it is one. */
  readonly runtime?: readonly [string, ...string[]];
}

/** This program, run as it is shipped: in parts, which lie in `folder`. */
export function ownSubject(folder: string): Subject {
  const runtime = [
    ...[Deno.execPath(), "run", "--allow-all", "--unstable-net", "--no-config", "--no-lock"],
    ...["--no-npm", "--no-remote", engineFlags],
  ] as [string, ...string[]];
  return { command: [...runtime, `${folder}/${entryName}`], runtime };
}

/** HashiCorp's program, where it is installed. */
export async function referenceSubject(): Promise<Subject | undefined> {
  const path = await findReferenceSerf();
  return path === undefined ? undefined : { command: [path] };
}
