/** Signatures first; bodies follow. */
import type { AgentFlags } from "./config.ts";

/**
 * Runs an agent until it ends: the `serf agent` command behind its flags.
 *
 * Prints everything itself, listens to signals, and never throws for what the
 * world does wrong.
 *
 * @returns the exit status (agent.md section 3); the caller exits with it.
 */
export function runAgent(_flags: AgentFlags): Promise<number> {
  throw new Error("not yet");
}
