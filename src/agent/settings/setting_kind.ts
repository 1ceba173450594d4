/**
 * The kinds of settings, and what the declaration of one says.
 *
 * Nothing here is loaded that only configuration files need: `serf agent -h` reads it too.
 */

import type { Milliseconds } from "../../ports/clock.ts";

/** The value of a setting of each kind. */
export interface SettingValues {
  readonly text: string;
  /** A whole number. */
  readonly number: number;
  readonly boolean: boolean;
  readonly duration: Milliseconds;
  readonly list: readonly string[];
  readonly tags: ReadonlyMap<string, string>;
}

/** What the flag of such a setting gives: tags and durations stay text until the agent starts. */
export interface SettingFlagValues extends Omit<SettingValues, "duration" | "tags"> {
  readonly duration: string;
  readonly tags: readonly string[];
}

export type Kind = keyof SettingValues;

/** What only some settings need to say. */
export interface SettingDetails<Value> {
  /** The default; without one it is empty, 0 or false. */
  readonly initial?: Value;
  /** The default in the words of the page on configuration, where the value does not tell. */
  readonly otherwise?: string;
  /** What that page says about it instead of `about`, in Markdown. */
  readonly page?: string;
  /** What a shell may offer as the flag's value: one of these words, or a file. */
  readonly offers?: readonly string[] | "files";
  /** Whether the flag turns off what the setting turns on. */
  readonly inverted?: true;
  /** Numbers below this one do not count as said. */
  readonly least?: number;
  /** Durations below this one are raised to it, with a warning. */
  readonly shortest?: Milliseconds;
  /** Whether a reload applies it at once. */
  readonly reloads?: true;
}

export interface Setting<K extends Kind = Kind, Flag extends string = string>
  extends SettingDetails<SettingValues[K]> {
  readonly kind: K;
  /** The flag as help shows it, without its dash, for instance `retry-join=addr`; or empty. */
  readonly flag: Flag;
  /** What it does, for help and for the page on configuration. */
  readonly about: string;
  readonly initial: SettingValues[K];
}

/** Returns what declares settings of a kind; `blank` is the default of those that say none. */
function declare<K extends Kind>(kind: K, blank: SettingValues[K]) {
  return <Flag extends string>(
    flag: Flag,
    about: string,
    details: SettingDetails<SettingValues[K]> = {},
  ): Setting<K, Flag> => ({ kind, flag, about, initial: blank, ...details });
}

export const text = declare("text", "");
export const number = declare("number", 0);
export const boolean = declare("boolean", false);
export const duration = declare("duration", 0);
export const list = declare("list", []);
export const tags = declare("tags", new Map());

/** The name of a flag, without what help shows behind it. */
export function flagName(flag: string): string {
  return flag.replace(/[= ].*/, "");
}
