/**
 * From an agent's settings to those of its node: addresses, keys and tags, with the
 * files that keep them (agent.md section 1, steps 12 to 14).
 */

import { profileNames } from "../../host/node_options.ts";
import type { SerfOptions } from "../../host/serf_options.ts";
import type { Log } from "../../ports/log.ts";
import { done, failure, type Result } from "../../ports/result.ts";
import { serfDefaults } from "../../serf/config.ts";
import type { AgentAddresses } from "./addresses.ts";
import { type AgentConfig, settingEntries } from "./config.ts";
import { readKeyringFile, requireKeySizes, writeKeyringFile } from "./keyring_file.ts";
import { readTagsFile } from "./tags_file.ts";

/** Events that come close together are gathered for this long at most. */
export const coalescePeriod = 3000;
/** Gathered events are delivered once none came for this long. */
export const quiescentPeriod = 1000;

/** The settings that a node has under the same name: it takes them as they are. */
const sharedSettings = settingEntries.map(([name]) => name).filter((name) => name in serfDefaults);

/** Returns the profile's name. @throws {Error} `Unknown profile: moon`. */
export function readProfile(config: AgentConfig): NodeParts["profile"] {
  const profile = profileNames.find((name) => name === config.profile);
  if (profile) return profile;
  throw new Error(`Unknown profile: ${config.profile}`);
}

/**
 * Returns the tags to start with: those of the tags file, or those configured.
 *
 * @throws {Error} `Tags config not allowed while using tag files`, or why the file is invalid.
 */
export function loadTags(config: AgentConfig, log: Log): ReadonlyMap<string, string> {
  if (config.tagsFile === "") return config.tags;
  if (config.tags.size > 0) throw new Error("Tags config not allowed while using tag files");
  const tags = readTagsFile(config.tagsFile);
  if (!tags) return config.tags;
  log.info(`Restored ${tags.size} tag(s) from ${config.tagsFile}`);
  return tags;
}

/**
 * Returns the encryption keys: those of the keyring file, or the one given.
 *
 * Parity: the reference refuses both together. Here the key makes the file where there is
 * none; once it is there it counts, since the keys may have been changed meanwhile.
 *
 * @throws {Error} why the file is invalid, or cannot be made.
 */
export function loadKeys(
  config: AgentConfig,
  encryptKey: Uint8Array | undefined,
  log: Log,
): readonly Uint8Array[] {
  const { keyringFile: path } = config;
  const existing = existingKeys(config, encryptKey, log);
  if (existing) return existing;
  if (!encryptKey) return [];
  requireKeySizes([encryptKey]);
  writeKeyringFile(path, [encryptKey]);
  log.info(`Made keyring ${path} with the encryption key given`);
  return [encryptKey];
}

/**
 * Returns the same, but makes no file: `undefined` where one is to be made.
 *
 * @throws {Error} why the file is invalid, or what is missing to make one.
 */
export function existingKeys(
  { keyringFile: path }: AgentConfig,
  encryptKey: Uint8Array | undefined,
  log: Log,
): readonly Uint8Array[] | undefined {
  if (path === "") return encryptKey ? [encryptKey] : [];
  if (!isThere(path)) {
    if (encryptKey) return undefined;
    throw new Error(
      `stat ${path}: no such file or directory (give a key to begin with, or make the file ` +
        `with "serf keygen -keyring=${path}")`,
    );
  }
  const keys = readKeyringFile(path);
  log.info(`Restored keyring with ${keys.length} keys from ${path}`);
  const given = encryptKey?.toBase64();
  if (given !== undefined && !keys.some((key) => key.toBase64() === given)) {
    log.warn(`The encryption key given is not used: keyring ${path} has others`);
  }
  return keys;
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** What a node is started with, besides its settings. */
export interface NodeParts
  extends
    Required<Pick<SerfOptions, "keys" | "log" | "meter" | "profile">>,
    Pick<SerfOptions, "observer"> {
  readonly addresses: AgentAddresses;
  readonly tags: ReadonlyMap<string, string>;
}

export function nodeOptions(config: AgentConfig, parts: NodeParts): SerfOptions {
  const { addresses, tags, ...ports } = parts;
  const { keys, log } = ports;
  const { keyringFile, snapshotPath } = config;
  return {
    ...ports,
    name: config.nodeName,
    tags: Object.fromEntries(tags),
    bind: addresses.bind,
    ...(addresses.advertise && { advertise: addresses.advertise }),
    ...(keys.length > 0 && { onKeysChanged: (ring) => storeKeys(keyringFile, ring, log) }),
    ...(snapshotPath !== "" && { snapshotPath }),
    label: config.label,
    ...(config.cidrAllow.length > 0 && { allowedNetworks: config.cidrAllow }),
    settings: {
      protocolVersion: config.protocol,
      coalescePeriod,
      quiescentPeriod,
      userCoalescePeriod: coalescePeriod,
      userQuiescentPeriod: quiescentPeriod,
      nameConflictResolution: !config.disableNameResolution,
      ...Object.fromEntries(sharedSettings.map((name) => [name, config[name]])),
    },
    membership: { compression: config.enableCompression },
  };
}

function storeKeys(path: string, keys: readonly Uint8Array[], log: Log): Result<void> {
  if (path === "") {
    log.warn(
      "The keys changed, but this agent has no keyring file: it forgets the change when it ends, " +
        "and may be shut out when it starts again (-keyring-file)",
    );
    return done;
  }
  try {
    writeKeyringFile(path, keys);
    return done;
  } catch (error) {
    return failure(error instanceof Error ? error : String(error));
  }
}
