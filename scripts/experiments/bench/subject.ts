/** What is measured: programs with Serf's command line. */

import { engineFlags, entryName } from "../../bundle.ts";
import { referencePath } from "../../lab/agents.ts";
import type { Program } from "../../lab/cluster.ts";
import type { Command } from "../../lab/command.ts";

export interface Subject extends Program {
  /** Runs any module as the program is run; only where the program is a module. */
  readonly runtime?: Command;
}

/** How many agents a cluster has where nothing else is said. */
export const agents = 20;

/** This program, run as it is shipped: in parts, which lie in `folder`. */
export function ownSubject(folder: string): Subject {
  const flags = ["--no-config", "--no-lock", "--no-npm", "--no-remote", engineFlags];
  const runtime: Command = [Deno.execPath(), "run", "--allow-all", "--unstable-net", ...flags];
  return { command: [...runtime, `${folder}/${entryName}`], runtime };
}

export const referenceSubject: Subject | undefined = referencePath === undefined
  ? undefined
  : { command: [referencePath] };
