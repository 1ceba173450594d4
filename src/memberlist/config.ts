/**
 * The settings of the membership layer, and the three profiles that tune them
 * to a network (gossip.md section 18). Durations are milliseconds, sizes bytes.
 */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { defaultPacketSize } from "../wire/message_type.ts";
import type { AllowList } from "./allow_list.ts";
import { type GossipTuning, gossipTuning } from "./gossip_tuning.ts";

/**
 * What a profile sets: the pace of everything, and how often broadcasts are sent.
 *
 * Where three values are named they are those of `lan` (the default), `wan` and `local`.
 */
export interface ProfileSettings {
  /**
   * Limit for dialling, and again for each direction of a stream exchange.
   *
   * 10 s (lan), 30 s (wan), 1 s (local).
   */
  readonly tcpTimeout: Milliseconds;
  /** How many members are asked to probe one that does not answer: 3, in `local` 1. */
  readonly indirectChecks: number;
  /** A broadcast is sent 4 times (local: 2) the logarithm of the cluster's size. */
  readonly retransmitMult: number;
  /** A suspicion lasts 4 (wan: 6, local: 3) probe intervals, times that logarithm. */
  readonly suspicionMult: number;
  /** Without confirmations it lasts this many times longer: 6. */
  readonly suspicionMaxTimeoutMult: number;
  /** The time between two full exchanges with a random member: 30 s (lan), 60 s, 15 s. */
  readonly pushPullInterval: Milliseconds;
  /** The time between two probes: 1 s, in `wan` 5 s. */
  readonly probeInterval: Milliseconds;
  /** How long a direct ping may take before others are asked: 500 ms (lan), 3 s, 200 ms. */
  readonly probeTimeout: Milliseconds;
  /** Whether a probe does without its try over a stream; `false` by default. */
  readonly disableStreamPings: boolean;
  /** The local health score stays below this: 8. */
  readonly awarenessMaxMultiplier: number;
  /** The time between two rounds of gossip: 200 ms (lan), 500 ms, 100 ms. */
  readonly gossipInterval: Milliseconds;
  /** How many members one round of gossip goes to: 3, in `wan` 4. */
  readonly gossipNodes: number;
  /** How long a dead member gets broadcasts, so that it can refute: 30 s (lan), 60 s, 15 s. */
  readonly gossipToTheDeadTime: Milliseconds;
}

/** How the membership layer of one node behaves. */
export interface MemberlistConfig extends ProfileSettings {
  /** The node's name, unique in its cluster. */
  readonly name: string;
  /** Where others reach this node: raw IP bytes (4, or 16 for IPv6 and mapped IPv4) and port. */
  readonly advertise: { readonly ip: Uint8Array; readonly port: number };
  /** The oldest version of the protocol above that is understood; 2 by default, as Serf's. */
  readonly delegateMin: number;
  /** The newest version of the protocol above that is understood; 5 by default. */
  readonly delegateMax: number;
  /** The version of the protocol above that is spoken; 5 by default. */
  readonly delegateCurrent: number;
  /** The cluster label; empty for none. Peers of the older release know none. */
  readonly label: Uint8Array;
  /** Accepts messages whose label something in front has taken off; `false` by default. */
  readonly skipInboundLabelCheck: boolean;
  /** Whether plain traffic is refused once there is a key; `true` by default. */
  readonly verifyIncoming: boolean;
  /** Whether traffic is sealed once there is a key; `true` by default. */
  readonly verifyOutgoing: boolean;
  /** Whether messages are sent compressed where that makes them shorter; `true` by default. */
  readonly compression: boolean;
  /** Datagrams stay below this before encryption; 1400 by default. */
  readonly packetSize: number;
  /** When a dead member's name may be taken from another address; 0, the default, for never. */
  readonly deadNodeReclaimTime: Milliseconds;
  /** How long the last incarnation of a forgotten member is remembered, so that it stays dead. */
  readonly tombstoneTimeout: Milliseconds;
  /** Networks that members may come from; `undefined` for all. */
  readonly allowedNetworks: AllowList | undefined;
}

/** The settings, and the numbers of gossip that only simulations vary. */
export interface MemberlistSettings extends MemberlistConfig {
  readonly gossipTuning: GossipTuning;
}

/** The names of the profiles. */
export type ProfileName = "lan" | "wan" | "local";

const lan: ProfileSettings = {
  tcpTimeout: 10_000,
  indirectChecks: 3,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  pushPullInterval: 30_000,
  probeInterval: 1_000,
  probeTimeout: 500,
  disableStreamPings: false,
  awarenessMaxMultiplier: 8,
  gossipInterval: 200,
  gossipNodes: 3,
  gossipToTheDeadTime: 30_000,
};

/** The settings of each profile: one network, across networks, or within one machine. */
export const profiles: Readonly<Record<ProfileName, ProfileSettings>> = {
  lan,
  wan: {
    ...lan,
    tcpTimeout: 30_000,
    suspicionMult: 6,
    pushPullInterval: 60_000,
    probeInterval: 5_000,
    probeTimeout: 3_000,
    gossipInterval: 500,
    gossipNodes: 4,
    gossipToTheDeadTime: 60_000,
  },
  local: {
    ...lan,
    tcpTimeout: 1_000,
    indirectChecks: 1,
    retransmitMult: 2,
    suspicionMult: 3,
    pushPullInterval: 15_000,
    probeTimeout: 200,
    gossipInterval: 100,
    gossipToTheDeadTime: 15_000,
  },
};

/** What a node must say about itself; everything else has a default. */
type MemberlistIdentity = Pick<MemberlistConfig, "name" | "advertise">;

/** Returns the settings of a node: a profile, the defaults, and what the caller overrides. */
export function memberlistConfig(
  identity: MemberlistIdentity,
  profile: ProfileName = "lan",
  overrides: Partial<MemberlistSettings> = {},
): MemberlistSettings {
  return {
    ...profiles[profile],
    delegateMin: 2,
    delegateMax: 5,
    delegateCurrent: 5,
    label: emptyBytes,
    skipInboundLabelCheck: false,
    verifyIncoming: true,
    verifyOutgoing: true,
    compression: true,
    packetSize: defaultPacketSize,
    deadNodeReclaimTime: 0,
    tombstoneTimeout: 24 * 3600_000,
    allowedNetworks: undefined,
    gossipTuning,
    ...overrides,
    ...identity,
  };
}

/** Metadata may have at most this many bytes. */
export const maxMetaSize = 512;
