/**
 * From flags and files to checked settings: steps 2 to 9 of the start-up
 * (agent.md section 1), which a reload goes through as well.
 */

import { formatGoDuration } from "../../go/duration.ts";
import { addContext, withContext } from "../../ports/error_context.ts";
import {
  type AgentConfig,
  type AgentFlags,
  defaultConfig,
  flagsLayer,
  mergeLayer,
  settingEntries,
  type SettingName,
} from "./config.ts";
import { parseEventHandlers } from "../handlers/event_filter.ts";
import { readConfigPaths } from "./config_file.ts";
import { interfaceAddresses } from "./network_interface.ts";
import { flagName } from "./setting_kind.ts";
import { settings } from "./settings_table.ts";

/**
 * Reads and checks the settings that flags, and the files they name, describe.
 *
 * @param warn prints what is odd but stops nothing.
 * @throws {Error} whose message is the line to show, for instance `Invalid event script: …`.
 */
export async function readSettings(
  flags: AgentFlags,
  warn: (text: string) => void,
): Promise<AgentConfig> {
  const config = await mergeSettings(flags);
  for (const { check } of settingChecks(config)) await check();
  return correctSettings(config, warn);
}

/**
 * Puts together what flags and files say, with the host's name where they name no node.
 *
 * @throws {Error} if a flag or a file cannot be understood.
 */
export async function mergeSettings(flags: AgentFlags): Promise<AgentConfig> {
  refuseEmpty(flags);
  const merged = await mergeSources(flags);
  return { ...merged, nodeName: merged.nodeName || Deno.hostname() };
}

/** A check of settings that throws the line to show, and the names of those. */
interface SettingCheck {
  readonly names: readonly SettingName[];
  readonly check: () => void | Promise<void>;
}

/** Returns the checks that settings have to pass, in the order in which they are made. */
export function settingChecks(config: AgentConfig): readonly SettingCheck[] {
  const { eventHandlers, logFormat } = config;
  return [
    ...eventHandlers.map((specification): SettingCheck => ({
      names: ["eventHandlers"],
      check: () => void parseEventHandlers(specification),
    })),
    { names: ["logFormat"], check: () => checkLogFormat(logFormat) },
    {
      names: ["interface"],
      check: () => checkInterface(config.interface, "Invalid network interface"),
    },
    { names: ["mdnsInterface"], check: () => checkDiscovery(config) },
  ];
}

/**
 * Parity: to the reference an empty text says nothing, and a missing key file
 * (`-encrypt="$(cat key)"`) starts an agent without encryption.
 */
function refuseEmpty(flags: AgentFlags): void {
  const names = ["encryptKey", "encryptFile", "keyringFile"] as const;
  const empty = names.find((name) => flags[name] === "");
  if (empty === undefined) return;
  const flag = flagName(settings[empty].flag);
  throw new Error(`Empty value for -${flag}. To start without encryption, leave the flag out`);
}

async function mergeSources(flags: AgentFlags): Promise<AgentConfig> {
  const last = withContext("Error", () => flagsLayer(flags));
  const paths = flags.configPaths ?? [];
  return [...await readConfigPaths(paths), last].reduce(mergeLayer, defaultConfig);
}

function checkLogFormat(format: string): void {
  if (format === "text" || format === "json") return;
  throw new Error(`Invalid log format: ${format}. Valid log formats are: [text json]`);
}

async function checkDiscovery(config: AgentConfig): Promise<void> {
  if (config.mdnsInterface === "") return;
  if (config.discover === "") {
    throw new Error("mDNS interface specified without enabling mDNS discovery");
  }
  await checkInterface(config.mdnsInterface, "Invalid mDNS network interface");
  if (config.mdnsDisableIpv4 && config.mdnsDisableIpv6) {
    throw new Error("Invalid mDNS configuration: both IPv4 and IPv6 are disabled");
  }
}

async function checkInterface(name: string, prefix: string): Promise<void> {
  if (name !== "") await interfaceAddresses(name).catch(addContext(prefix));
}

/**
 * Returns the settings as they come into force.
 *
 * @param warn prints what is odd but stops nothing.
 */
export function correctSettings(config: AgentConfig, warn: (text: string) => void): AgentConfig {
  const tags = new Map(config.tags);
  if (config.role !== "") {
    warn("Deprecation warning: 'Role' has been replaced with 'Tags'");
    tags.set("role", config.role);
  }
  const raised = settingEntries.filter(([name, { shortest = -Infinity }]) => {
    const value = config[name];
    return typeof value === "number" && value < shortest;
  });
  for (const [name, { shortest = 0 }] of raised) {
    const shown = name.charAt(0).toUpperCase() + name.slice(1);
    warn(`Warning: '${shown}' is too low. Setting to ${formatGoDuration(shortest)}`);
  }
  if (config.rejoinAfterLeave && config.snapshotPath === "") {
    warn(
      "Warning: 'RejoinAfterLeave' enabled without snapshot file: -rejoin does nothing without -snapshot",
    );
  }
  // Parity: a version is one byte in the reference, which lets the rest fall.
  const protocol = config.protocol & 0xff;
  const corrected = Object.fromEntries(raised.map(([name, { shortest }]) => [name, shortest]));
  return { ...config, ...corrected, tags, protocol };
}
