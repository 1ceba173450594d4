/**
 * What a running agent takes over from changed settings, and what has to wait for
 * a restart (agent.md section 4).
 */

import { reloadedSentence, restartSentence } from "./reload_sentences.ts";
import { errorText } from "../ports/error_text.ts";
import type { Log } from "../ports/log.ts";
import type { Agent } from "./agent.ts";
import { type AgentConfig, fileKey, settingEntries, type SettingName } from "./settings/config.ts";
import { parseLogLevel } from "./telemetry/log_format.ts";
import type { LogWriter } from "./telemetry/log_writer.ts";

const reloadable = settingEntries.filter(([, { reloads }]) => reloads).map(([name]) => name);

export interface ReloadParts {
  readonly agent: Agent;
  readonly logWriter: LogWriter;
  readonly log: Log;
  /** Prints why a part could not be applied. */
  readonly complain: (text: string) => void;
}

/** What came of a reload. */
interface Reload {
  /**
   * The settings in force from now on. What has to wait for a restart is as before, so that each
   * reload tells of it again.
   */
  readonly inForce: AgentConfig;
  /** The names in files of what changed, and of what has to wait. */
  readonly changed: readonly string[];
  readonly waiting: readonly string[];
}

/**
 * Applies what can be applied; complains of each part that cannot, and goes on with the others.
 *
 * @param before the settings in force.
 */
export async function applyReload(
  before: AgentConfig,
  after: AgentConfig,
  parts: ReloadParts,
): Promise<Reload> {
  const { agent, complain, log, logWriter } = parts;
  const succeeds = async (apply: () => unknown, context = ""): Promise<boolean> => {
    try {
      await apply();
      return true;
    } catch (error) {
      complain(`${context}${errorText(error)}`);
      return false;
    }
  };
  const setLevel = () => logWriter.level = parseLogLevel(after.logLevel);
  const logLevel = (await succeeds(setLevel) ? after : before).logLevel;
  agent.handlers.configure(after.eventHandlers, after.handlerTimeout);
  const setTags = () => agent.setTags(after.tags);
  // With a tags file the tags are not part of the configuration, and stay.
  const hasTags = before.tagsFile === "" && await succeeds(setTags, "Failed to update tags: ");
  const { tags } = hasTags ? after : before;
  const applied = Object.fromEntries(reloadable.map((name) => [name, after[name]]));
  const inForce = { ...before, ...applied, logLevel, tags };

  const changed = changedSettings(before, inForce).filter((key) => key !== "role").map(fileKey);
  const waiting = changedSettings(before, after).filter((key) => !reloadable.includes(key))
    .map(fileKey);
  const [reloaded, restart] = [reloadedSentence({ changed }), restartSentence({ waiting })];
  if (reloaded !== undefined) log.info(reloaded);
  if (restart !== undefined) log.warn(restart);
  return { inForce, changed, waiting };
}

/** Returns which settings differ, by name. */
export function changedSettings(before: AgentConfig, after: AgentConfig): SettingName[] {
  return settingEntries.map(([name]) => name)
    .filter((name) => comparable(before[name]) !== comparable(after[name]));
}

function comparable(value: AgentConfig[keyof AgentConfig]): string {
  return JSON.stringify(value instanceof Map ? [...value] : value);
}
