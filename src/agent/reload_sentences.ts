/** What a reload tells: the log of the agent and `serf reload` say it in the same words. */

import type { ReloadRecord } from "../rpc/commands.ts";

/** Says which settings, by their names in files, are in force from now on. */
export function reloadedSentence({ changed }: Pick<ReloadRecord, "changed">): string | undefined {
  return changed.length === 0 ? undefined : `Reloaded: ${changed.join(", ")}`;
}

/** Says which changes an agent takes over only when it starts. */
export function restartSentence({ waiting }: Pick<ReloadRecord, "waiting">): string | undefined {
  return waiting.length === 0 ? undefined : `Changes that need a restart: ${waiting.join(", ")}`;
}
