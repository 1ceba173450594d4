/** How a Serf node is started, and what its core makes of it. */

import type { MemberlistSettings } from "../memberlist/config.ts";
import type { Result } from "../ports/result.ts";
import { checkConfig, type SerfDefaults, serfDefaults, type SerfSettings } from "../serf/config.ts";
import type { Tags } from "../serf/member.ts";
import { StartError, unwrap } from "./errors.ts";
import { membershipConfig, type NodeOptions } from "./node_options.ts";

/** What a node keeps of what happened. */
export interface HistoryOptions {
  /**
   * A folder that keeps it for a week, 16 MiB at most; one node at a time may use it.
   * @default {none, so that 4 MiB are kept in memory}
   */
  readonly folder?: string;
  /**
   * Whether payloads of events and queries are kept.
   * @default {true}
   */
  readonly payloads?: boolean;
}

/** How a Serf node is started; everything has a default. */
export interface SerfOptions extends NodeOptions {
  /**
   * Labels that others see, at most 512 bytes encoded.
   * @default {none}
   */
  readonly tags?: Tags;
  /**
   * Stores the keys after every change of them; the member that changed them gets a failure.
   * @default {none, so that changes last until the node ends}
   */
  readonly onKeysChanged?: (keys: readonly Uint8Array[]) => Result<void>;
  /**
   * A file that remembers the cluster over a restart, in the reference's snapshot format.
   * @default {none, so that nothing is remembered}
   */
  readonly snapshotPath?: string;
  /**
   * Keeps what happens, for `serf.history`.
   * @default {none, so that nothing is kept}
   */
  readonly history?: HistoryOptions;
  /**
   * Further settings of the Serf layer; {@linkcode SerfConfig} has their defaults.
   * @default {none}
   */
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
