/** How a Serf node is started, and what its core makes of it. */

import type { MemberlistSettings } from "../memberlist/config.ts";
import type { Result } from "../ports/result.ts";
import { checkConfig, type SerfDefaults, serfDefaults, type SerfSettings } from "../serf/config.ts";
import { StartError, unwrap } from "./errors.ts";
import { membershipConfig, type NodeOptions } from "./node_options.ts";

/** How a Serf node is started; everything has a default. */
export interface SerfOptions extends NodeOptions {
  /** Labels that others see, at most 512 bytes encoded; none by default. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Hears of every change of the keys, to store them; a failure is told to whoever changed them. */
  readonly onKeysChanged?: (keys: readonly Uint8Array[]) => Result<void>;
  /**
   * A file that remembers the cluster over a restart, in the reference's snapshot format.
   *
   * Without one, nothing is remembered.
   */
  readonly snapshotPath?: string;
  /** Anything else about the Serf layer; {@linkcode SerfConfig} tells the defaults. */
  readonly settings?: Partial<SerfDefaults>;
}

/** Returns the settings of the core, above those of the membership layer. */
export function serfConfig(options: SerfOptions, memberlist: MemberlistSettings): SerfSettings {
  return {
    ...serfDefaults,
    ...options.settings,
    name: memberlist.name,
    tags: options.tags ?? {},
    memberlist,
  };
}

/**
 * Judges what can be judged before anything is opened.
 *
 * @throws {StartError} with the first thing that is wrong.
 */
export function checkOptions(options: SerfOptions): void {
  const memberlist = membershipConfig(options, { host: "127.0.0.1", port: 0 });
  unwrap(checkConfig(serfConfig(options, memberlist)), StartError);
}
