/**
 * The settings of the Serf layer, their defaults and their limits (gossip.md section 34).
 *
 * Durations are milliseconds and sizes bytes. A core takes its settings once,
 * when it is built; only tags change later, and they through an operation.
 */

import type { MemberlistConfig, MemberlistSettings } from "../memberlist/config.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { done, failure, type Result } from "../ports/result.ts";
import { isNameTooLong } from "../wire/message_body.ts";
import { maxNameLength } from "../wire/message_type.ts";
import type { SerfMember, Tags } from "./member.ts";
import { judgeNodeName } from "./node_name.ts";
import { encodeTags, maxTagsSize } from "./tags.ts";

/** The oldest Serf protocol that this implementation speaks: a role, no tags. */
export const minProtocolVersion = 2;
/** The newest Serf protocol that this implementation speaks. */
export const maxProtocolVersion = 5;
/** No configuration may allow user events larger than this many bytes. */
const maxUserEventSizeLimit = 9216;

/** How a Serf node behaves. */
export interface SerfConfig {
  /** The node's name, unique in its cluster. It overrules the one in `memberlist`. */
  readonly name: string;
  /** The tags to start with. */
  readonly tags: Tags;
  /** The Serf protocol to speak, 2 to 5 (gossip.md section 32); 4 by default. */
  readonly protocolVersion: number;
  /** The layer below; its name and Serf protocol versions are overruled by these settings. */
  readonly memberlist: MemberlistConfig;

  /** How many Lamport times back user events are remembered; 512 by default. */
  readonly eventBuffer: number;
  /** How many Lamport times back queries are remembered; 512 by default. */
  readonly queryBuffer: number;
  /** How often members gone too long are looked for; 15 s by default. */
  readonly reapInterval: Milliseconds;
  /** How long an intent about a member not yet known is kept; 5 minutes by default. */
  readonly recentIntentTimeout: Milliseconds;
  /** How often a failed member may be tried again; 30 s by default. */
  readonly reconnectInterval: Milliseconds;
  /** When a failed member is forgotten; after 24 hours by default. */
  readonly reconnectTimeout: Milliseconds;
  /** When a member that left is forgotten; after 24 hours by default. */
  readonly tombstoneTimeout: Milliseconds;
  /**
   * How long a lost member is looked for: one that failed and was forgotten, or that a
   * snapshot remembers and nobody knows. 7 days by default.
   */
  readonly lostTimeout: Milliseconds;
  /** May grant one member another time than `timeout` before it is forgotten; nobody by default. */
  readonly forgetAfter?: (member: SerfMember, timeout: Milliseconds) => Milliseconds;
  /** A failed member that returns sooner counts as flapping; only measured. 60 s by default. */
  readonly flapTimeout: Milliseconds;

  /** How often the queues are measured; 30 s by default. */
  readonly queueCheckInterval: Milliseconds;
  /** A queue this long is worth a warning; 128 by default. */
  readonly queueDepthWarning: number;
  /** A queue longer than this is pruned, unless `minQueueDepth` is set; 4096 by default. */
  readonly maxQueueDepth: number;
  /** If above 0, the limit is twice the number of members, but at least this; 0 by default. */
  readonly minQueueDepth: number;

  /** The default timeout of queries grows with this (gossip.md section 24.1); 16 by default. */
  readonly queryTimeoutMult: number;
  /** Limit in bytes for an encoded response to a query; 1024 by default. */
  readonly queryResponseSizeLimit: number;
  /** Limit in bytes for an encoded query; 1024 by default. */
  readonly querySizeLimit: number;
  /** Limit for name and payload of a user event, and again for its encoding: 512, at most 9216. */
  readonly userEventSizeLimit: number;

  /** How long leaving, forced leaving and changing tags wait for others; 5 s by default. */
  readonly broadcastTimeout: Milliseconds;
  /** How long a node that left lingers, so that the news spreads; 1 s by default. */
  readonly leavePropagateDelay: Milliseconds;

  /** The longest time that member events are gathered; 0, the default, delivers each at once. */
  readonly coalescePeriod: Milliseconds;
  /** Member events are delivered once none came for this long; 0 by default. */
  readonly quiescentPeriod: Milliseconds;
  /** The longest time that user events are gathered; 0, the default, delivers each at once. */
  readonly userCoalescePeriod: Milliseconds;
  /** User events are delivered once none came for this long; 0 by default. */
  readonly userQuiescentPeriod: Milliseconds;

  /** Whether a contested own name is put to the vote (gossip.md section 26); it is by default. */
  readonly nameConflictResolution: boolean;
  /** Whether round-trip times are not measured; they are by default. */
  readonly disableCoordinates: boolean;
  /** Whether a snapshot outlives a graceful leave; it does not by default. */
  readonly rejoinAfterLeave: boolean;
  /** Whether the own name must be a plain one (gossip.md section 32); not by default. */
  readonly validateNodeNames: boolean;
  /** A snapshot smaller than this many bytes is never compacted; 131072 by default. */
  readonly minSnapshotSize: number;
}

/** The settings, and the numbers of gossip that only simulations vary. */
export interface SerfSettings extends SerfConfig {
  readonly memberlist: MemberlistSettings;
}

/** All settings but those that have no default. */
export type SerfDefaults = Omit<SerfConfig, "name" | "tags" | "memberlist">;

const second: Milliseconds = 1000;
const hour: Milliseconds = 3600 * second;

/** The defaults of a library user. The agent speaks protocol 5 and gathers events. */
export const serfDefaults: SerfDefaults = {
  protocolVersion: 4,
  eventBuffer: 512,
  queryBuffer: 512,
  reapInterval: 15 * second,
  recentIntentTimeout: 300 * second,
  reconnectInterval: 30 * second,
  reconnectTimeout: 24 * hour,
  tombstoneTimeout: 24 * hour,
  lostTimeout: 7 * 24 * hour,
  flapTimeout: 60 * second,
  queueCheckInterval: 30 * second,
  queueDepthWarning: 128,
  maxQueueDepth: 4096,
  minQueueDepth: 0,
  queryTimeoutMult: 16,
  queryResponseSizeLimit: 1024,
  querySizeLimit: 1024,
  userEventSizeLimit: 512,
  broadcastTimeout: 5 * second,
  leavePropagateDelay: second,
  coalescePeriod: 0,
  quiescentPeriod: 0,
  userCoalescePeriod: 0,
  userQuiescentPeriod: 0,
  nameConflictResolution: true,
  disableCoordinates: false,
  rejoinAfterLeave: false,
  validateNodeNames: false,
  minSnapshotSize: 131072,
};

/**
 * Judges settings before a node starts with them.
 *
 * The texts are those of the reference, in its order (agent.md section 15.1).
 */
export function checkConfig(config: SerfConfig): Result<void> {
  const version = config.protocolVersion;
  const range = `Must be in range: [${minProtocolVersion}, ${maxProtocolVersion}]`;
  if (version < minProtocolVersion) {
    return failure(`Protocol version '${version}' too low. ${range}`);
  }
  if (version > maxProtocolVersion) {
    return failure(`Protocol version '${version}' too high. ${range}`);
  }
  if (config.userEventSizeLimit > maxUserEventSizeLimit) {
    return failure(`user event size limit exceeds limit of ${maxUserEventSizeLimit} bytes`);
  }
  const name = checkName(config.name, config.validateNodeNames);
  return name.ok ? checkTags(config.tags, version) : name;
}

/** Judges whether tags fit into a member's metadata. */
export function checkTags(tags: Tags, protocolVersion: number): Result<void> {
  return encodeTags(tags, protocolVersion).length <= maxTagsSize
    ? done
    : failure(`Encoded length of tags exceeds limit of ${maxTagsSize} bytes`);
}

/** Judges a member's name, and whether it is a plain one if that is asked for. */
export function checkName(name: string, mustBePlain = false): Result<void> {
  if (name === "") return failure("Node name must not be empty");
  if (isNameTooLong(name)) {
    return failure(`Node name must not be longer than ${maxNameLength} bytes`);
  }
  if (!mustBePlain) return done;
  const reason = judgeNodeName(name);
  return reason === undefined ? done : failure(reason);
}
