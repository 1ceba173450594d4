/**
 * What a running agent takes over from changed settings, and what has to wait for
 * a restart (agent.md section 4).
 */

import type { Log } from "../ports/log.ts";
import type { Agent } from "./agent.ts";
import type { AgentConfig } from "./config.ts";
import { parseLogLevel } from "./log_format.ts";
import type { LogWriter } from "./log_writer.ts";
import { messageOf } from "./settings.ts";

/** Settings that a reload applies. */
const reloadable: readonly (keyof AgentConfig)[] = [
  "logLevel",
  "eventHandlers",
  "tags",
  "role",
  "leaveOnTerminate",
  "skipLeaveOnInterrupt",
];

/** What a reload works on. */
export interface ReloadParts {
  readonly agent: Agent;
  readonly logWriter: LogWriter;
  readonly log: Log;
  /** Prints why a part could not be applied. */
  readonly complain: (text: string) => void;
}

/** Applies what can be applied; each part that cannot is said, and the others go on. */
export async function applyReload(
  before: AgentConfig,
  after: AgentConfig,
  { agent, logWriter, log, complain }: ReloadParts,
): Promise<void> {
  try {
    logWriter.level = parseLogLevel(after.logLevel);
  } catch (error) {
    complain(messageOf(error));
  }
  agent.handlers.configure(after.eventHandlers);
  // With a tags file the tags are not part of the configuration, and stay.
  if (after.tagsFile === "") {
    try {
      await agent.setTags(after.tags);
    } catch (error) {
      complain(`Failed to update tags: ${messageOf(error)}`);
    }
  }
  const waiting = changedSettings(before, after).filter((key) => !reloadable.includes(key));
  if (waiting.length > 0) {
    log.warn(`Changes that need a restart: ${waiting.map(fileKey).join(", ")}`);
  }
}

/** Returns which settings differ, by name. */
export function changedSettings(before: AgentConfig, after: AgentConfig): (keyof AgentConfig)[] {
  const keys = Object.keys(after) as (keyof AgentConfig)[];
  return keys.filter((key) => comparable(before[key]) !== comparable(after[key]));
}

/** The setting's name in configuration files, which users know. */
function fileKey(key: string): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return words.replace(/^mdns_/, "mdns.");
}

function comparable(value: AgentConfig[keyof AgentConfig]): string {
  return JSON.stringify(value instanceof Map ? [...value] : value);
}
