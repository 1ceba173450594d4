/**
 * What a running agent takes over from changed settings, and what has to wait for
 * a restart (agent.md section 4).
 */

import type { Log } from "../ports/log.ts";
import type { Agent } from "./agent.ts";
import { type AgentConfig, fileKey, settingEntries, type SettingName } from "./settings/config.ts";
import { parseLogLevel } from "./telemetry/log_format.ts";
import type { LogWriter } from "./telemetry/log_writer.ts";
import { messageOf } from "../ports/error_context.ts";

/** Settings that a reload applies. */
const reloadable = settingEntries.filter(([, { reloads }]) => reloads).map(([name]) => name);

/** What a reload works on. */
export interface ReloadParts {
  readonly agent: Agent;
  readonly logWriter: LogWriter;
  readonly log: Log;
  /** Prints why a part could not be applied. */
  readonly complain: (text: string) => void;
}

/**
 * Applies what can be applied; each part that cannot is said, and the others go on.
 *
 * @param before the settings in force.
 * @returns the settings in force from now on. What has to wait for a restart is
 *   as before, so that each reload tells of it again.
 */
export async function applyReload(
  before: AgentConfig,
  after: AgentConfig,
  parts: ReloadParts,
): Promise<AgentConfig> {
  const { agent, log } = parts;
  const logLevel = applyLogLevel(before, after, parts);
  agent.handlers.configure(after.eventHandlers, after.handlerTimeout);
  const tags = await applyTags(before, after, parts);
  const applied = Object.fromEntries(reloadable.map((name) => [name, after[name]]));
  const inForce = { ...before, ...applied, logLevel, tags };

  const changed = changedSettings(before, inForce).filter((key) => key !== "role");
  if (changed.length > 0) log.info(`Reloaded: ${changed.map(fileKey).join(", ")}`);
  const waiting = changedSettings(before, after).filter((key) => !reloadable.includes(key));
  if (waiting.length > 0) {
    log.warn(`Changes that need a restart: ${waiting.map(fileKey).join(", ")}`);
  }
  return inForce;
}

function applyLogLevel(
  before: AgentConfig,
  after: AgentConfig,
  { logWriter, complain }: ReloadParts,
): string {
  try {
    logWriter.level = parseLogLevel(after.logLevel);
    return after.logLevel;
  } catch (error) {
    complain(messageOf(error));
    return before.logLevel;
  }
}

async function applyTags(
  before: AgentConfig,
  after: AgentConfig,
  { agent, complain }: ReloadParts,
): Promise<AgentConfig["tags"]> {
  // With a tags file the tags are not part of the configuration, and stay.
  if (before.tagsFile !== "") return before.tags;
  try {
    await agent.setTags(after.tags);
    return after.tags;
  } catch (error) {
    complain(`Failed to update tags: ${messageOf(error)}`);
    return before.tags;
  }
}

/** Returns which settings differ, by name. */
export function changedSettings(before: AgentConfig, after: AgentConfig): SettingName[] {
  return settingEntries.map(([name]) => name)
    .filter((name) => comparable(before[name]) !== comparable(after[name]));
}

function comparable(value: AgentConfig[keyof AgentConfig]): string {
  return JSON.stringify(value instanceof Map ? [...value] : value);
}
