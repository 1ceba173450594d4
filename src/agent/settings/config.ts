/**
 * The agent's settings: what flags and files may say, the defaults, and how
 * several sources become one (agent.md sections 5.2 and 5.4).
 *
 * Later sources win. Texts, numbers and durations that are empty or zero do not
 * count as said; a boolean that is said counts, also when it says no.
 */

import { parseGoDuration } from "../../go/duration.ts";
import type { Setting, SettingFlagValues, SettingValues } from "./setting_kind.ts";
import { settings } from "./settings_table.ts";

type Settings = typeof settings;

/** The name that the code has for a setting. */
export type SettingName = keyof Settings;

type SettingEntry = [name: SettingName, setting: Setting];

/** All settings, in the order of their declarations. */
export const settingEntries = Object.entries<Setting>(settings) as readonly SettingEntry[];

type FlagName = {
  [Name in SettingName]: Settings[Name]["flag"] extends "" ? never : Name;
}[SettingName];

/**
 * What the command line of `serf agent` said, as typed by the user.
 *
 * Absent means that the flag was not given. Tags and durations stay text here:
 * they are judged while starting, not while parsing flags (agent.md section 1, step 2).
 */
export type AgentFlags =
  & { readonly [Name in FlagName]?: SettingFlagValues[Settings[Name]["kind"]] | undefined }
  & {
    /** Every `-config-file` and `-config-dir`, in the order given: both share one list. */
    readonly configPaths?: readonly string[] | undefined;
  };

/** The settings of a running agent. Texts that are not set are empty. */
export type AgentConfig =
  & { readonly [Name in SettingName]: SettingValues[Settings[Name]["kind"]] }
  & {
    /** The configuration files that hold a key or a token. */
    readonly secretFiles: readonly string[];
  };

/** What one source says; what it leaves out is absent. */
export type ConfigLayer = { readonly [Key in keyof AgentConfig]?: AgentConfig[Key] | undefined };

/** The settings of an agent that was told nothing. An empty node name means the host's. */
export const defaultConfig = {
  secretFiles: [],
  // Every setting has an initial value of its kind.
  ...Object.fromEntries(settingEntries.map(([name, { initial }]) => [name, initial])),
} as unknown as AgentConfig;

/** Puts a later source over an earlier one: tags key by key, lists appended. */
export function mergeLayer(base: AgentConfig, later: ConfigLayer): AgentConfig {
  const merged = Object.entries(later).filter(([, value]) => isSaid(value))
    .map(([key, value]) => [key, mergeValue(base[key as keyof AgentConfig], value)]);
  return { ...base, ...Object.fromEntries(merged) };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== "" && value !== 0;
}

function mergeValue(before: unknown, later: unknown): unknown {
  if (before instanceof Map && later instanceof Map) return new Map([...before, ...later]);
  if (Array.isArray(before) && Array.isArray(later)) return [...before, ...later];
  return later;
}

/**
 * Turns flags into the layer that goes over all files.
 *
 * @throws {Error} `Invalid tag: 'X'` or the text of a bad duration, tags first.
 */
export function flagsLayer(flags: AgentFlags): ConfigLayer {
  return makeLayer(settingEntries, (name, setting) => readValue(setting, flags[name as FlagName]));
}

/** Builds a layer of what `read` finds for each setting. */
export function makeLayer(
  entries: readonly SettingEntry[],
  read: (...entry: SettingEntry) => unknown,
): ConfigLayer {
  const values = entries.map(([name, setting]) => [name, read(name, setting)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/**
 * Reads what a source gives for a setting; the result is `undefined` if it does not count as said.
 *
 * @throws {Error} the text of a bad tag or duration.
 */
export function readValue({ kind, least = -Infinity }: Setting, given: unknown): unknown {
  if (typeof given === "number") return given < least ? undefined : given;
  if (kind === "duration" && typeof given === "string") {
    return given === "" ? undefined : parseGoDuration(given);
  }
  if (kind === "tags" && Array.isArray(given)) return new Map(given.map(parseTag));
  return given;
}

function parseTag(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at <= 0) throw new Error(`Invalid tag: '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The setting's name in configuration files, which users know; some stand inside `mdns`. */
export function fileKey(name: SettingName): string {
  const words = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return words.replace(/^mdns_/, "mdns.");
}
