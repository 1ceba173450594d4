/**
 * The agent's settings: what flags and files may say, the defaults, and how
 * several sources become one (agent.md sections 5.2 and 5.4).
 *
 * Later sources win. Texts, numbers and durations that are empty or zero do not
 * count as said; a boolean that is said counts, also when it says no.
 */

import type { Milliseconds } from "../ports/clock.ts";
import { parseGoDuration } from "./go_duration.ts";

/**
 * What the command line of `serf agent` said, as typed by the user.
 *
 * Absent means that the flag was not given. Tags and durations stay text here:
 * they are judged while starting, not while parsing flags (agent.md section 1, step 2).
 */
export interface AgentFlags {
  /** `-node` */
  readonly node?: string | undefined;
  /** `-role`, deprecated. */
  readonly role?: string | undefined;
  /** Every `-tag`, each `key=value`. */
  readonly tags?: readonly string[] | undefined;
  /** `-tags-file` */
  readonly tagsFile?: string | undefined;
  /** `-bind` */
  readonly bind?: string | undefined;
  /** `-advertise` */
  readonly advertise?: string | undefined;
  /** `-iface` */
  readonly iface?: string | undefined;
  /** `-encrypt` */
  readonly encrypt?: string | undefined;
  /** `-encrypt-file` */
  readonly encryptFile?: string | undefined;
  /** `-keyring-file` */
  readonly keyringFile?: string | undefined;
  /** `-log-level` */
  readonly logLevel?: string | undefined;
  /** `-log-format`: `text` or `json`. */
  readonly logFormat?: string | undefined;
  /** `-rpc-addr` */
  readonly rpcAddr?: string | undefined;
  /** `-rpc-allow-open` */
  readonly rpcAllowOpen?: boolean | undefined;
  /** `-rpc-tls-cert` */
  readonly rpcTlsCert?: string | undefined;
  /** `-rpc-tls-key` */
  readonly rpcTlsKey?: string | undefined;
  /** `-label` */
  readonly label?: string | undefined;
  /** Every `-cidr-allow`. */
  readonly cidrAllow?: readonly string[] | undefined;
  /** `-protocol` */
  readonly protocol?: number | undefined;
  /** `-profile` */
  readonly profile?: string | undefined;
  /** `-snapshot` */
  readonly snapshot?: string | undefined;
  /** `-rejoin` */
  readonly rejoin?: boolean | undefined;
  /** Every `-join`. */
  readonly join?: readonly string[] | undefined;
  /** `-replay` */
  readonly replay?: boolean | undefined;
  /** Every `-retry-join`. */
  readonly retryJoin?: readonly string[] | undefined;
  /** `-retry-interval`, a Go duration. */
  readonly retryInterval?: string | undefined;
  /** `-retry-max` */
  readonly retryMax?: number | undefined;
  /** Every `-event-handler`. */
  readonly eventHandlers?: readonly string[] | undefined;
  /** `-handler-timeout`, a Go duration. */
  readonly handlerTimeout?: string | undefined;
  /** `-discover` */
  readonly discover?: string | undefined;
  /** `-mdns-iface` */
  readonly mdnsIface?: string | undefined;
  /** `-mdns-disable-ipv4` */
  readonly mdnsDisableIpv4?: boolean | undefined;
  /** `-mdns-disable-ipv6` */
  readonly mdnsDisableIpv6?: boolean | undefined;
  /** `-syslog` */
  readonly syslog?: boolean | undefined;
  /** `-broadcast-timeout`, a Go duration. */
  readonly broadcastTimeout?: string | undefined;
  /** `-disable-compression` */
  readonly disableCompression?: boolean | undefined;
  /** Every `-config-file` and `-config-dir`, in the order given: both share one list. */
  readonly configPaths?: readonly string[] | undefined;
}

/** The settings of a running agent. Texts that are not set are empty. */
export interface AgentConfig {
  readonly nodeName: string;
  readonly role: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly tagsFile: string;
  readonly bind: string;
  readonly advertise: string;
  readonly interface: string;
  readonly encryptKey: string;
  /** A file with the key on its first line; `-` is standard input. */
  readonly encryptFile: string;
  readonly keyringFile: string;
  readonly logLevel: string;
  readonly logFormat: string;
  readonly rpcAddr: string;
  readonly rpcAuth: string;
  /** Whether the RPC port may be open to other machines without a token. */
  readonly rpcAllowOpen: boolean;
  /** Files with the certificate and the key of the RPC port; without them it is plain. */
  readonly rpcTlsCert: string;
  readonly rpcTlsKey: string;
  /** The name in front of all gossip; nodes with another one are strangers. */
  readonly label: string;
  /** Networks that members may be in; empty for all. */
  readonly cidrAllow: readonly string[];
  readonly protocol: number;
  readonly profile: string;
  readonly snapshotPath: string;
  readonly rejoinAfterLeave: boolean;
  readonly startJoin: readonly string[];
  readonly replayOnJoin: boolean;
  readonly retryJoin: readonly string[];
  readonly retryInterval: Milliseconds;
  /** How many failures are forgiven; 0 is no limit. */
  readonly retryMaxAttempts: number;
  readonly eventHandlers: readonly string[];
  /** How long a handler may run; 0 is no limit. */
  readonly handlerTimeout: Milliseconds;
  readonly leaveOnTerminate: boolean;
  readonly skipLeaveOnInterrupt: boolean;
  /** The name of the cluster to discover by mDNS. */
  readonly discover: string;
  readonly mdnsInterface: string;
  readonly mdnsDisableIpv4: boolean;
  readonly mdnsDisableIpv6: boolean;
  readonly reconnectInterval: Milliseconds;
  readonly reconnectTimeout: Milliseconds;
  readonly tombstoneTimeout: Milliseconds;
  readonly disableNameResolution: boolean;
  readonly disableCoordinates: boolean;
  readonly enableSyslog: boolean;
  readonly syslogFacility: string;
  readonly statsiteAddr: string;
  readonly statsdAddr: string;
  readonly queryResponseSizeLimit: number;
  readonly querySizeLimit: number;
  readonly userEventSizeLimit: number;
  readonly broadcastTimeout: Milliseconds;
  readonly enableCompression: boolean;
  readonly validateNodeNames: boolean;
  /** The configuration files that hold a key or a token. */
  readonly secretFiles: readonly string[];
}

/** What one source says; what it leaves out is absent. */
export type ConfigLayer = { readonly [Key in keyof AgentConfig]?: AgentConfig[Key] | undefined };

const second: Milliseconds = 1000;
const hour: Milliseconds = 3600 * second;

/** The settings of an agent that was told nothing. An empty node name means the host's. */
export const defaultConfig: AgentConfig = {
  nodeName: "",
  role: "",
  tags: new Map(),
  tagsFile: "",
  bind: "0.0.0.0",
  advertise: "",
  interface: "",
  encryptKey: "",
  encryptFile: "",
  keyringFile: "",
  logLevel: "INFO",
  logFormat: "text",
  rpcAddr: "127.0.0.1:7373",
  rpcAuth: "",
  rpcAllowOpen: false,
  rpcTlsCert: "",
  rpcTlsKey: "",
  label: "",
  cidrAllow: [],
  protocol: 5,
  profile: "lan",
  snapshotPath: "",
  rejoinAfterLeave: false,
  startJoin: [],
  replayOnJoin: false,
  retryJoin: [],
  retryInterval: 30 * second,
  retryMaxAttempts: 0,
  eventHandlers: [],
  handlerTimeout: 0,
  leaveOnTerminate: false,
  skipLeaveOnInterrupt: false,
  discover: "",
  mdnsInterface: "",
  mdnsDisableIpv4: false,
  mdnsDisableIpv6: false,
  reconnectInterval: 30 * second,
  reconnectTimeout: 24 * hour,
  tombstoneTimeout: 24 * hour,
  disableNameResolution: false,
  disableCoordinates: false,
  enableSyslog: false,
  syslogFacility: "LOCAL0",
  statsiteAddr: "",
  statsdAddr: "",
  queryResponseSizeLimit: 1024,
  querySizeLimit: 1024,
  userEventSizeLimit: 512,
  broadcastTimeout: 5 * second,
  enableCompression: true,
  validateNodeNames: false,
  secretFiles: [],
};

/** Puts a later source over an earlier one: tags key by key, lists appended. */
export function mergeLayer(base: AgentConfig, later: ConfigLayer): AgentConfig {
  const said = Object.entries(later).filter(([, value]) => isSaid(value));
  return {
    ...base,
    ...Object.fromEntries(said),
    tags: new Map([...base.tags, ...later.tags ?? []]),
    startJoin: [...base.startJoin, ...later.startJoin ?? []],
    retryJoin: [...base.retryJoin, ...later.retryJoin ?? []],
    eventHandlers: [...base.eventHandlers, ...later.eventHandlers ?? []],
    cidrAllow: [...base.cidrAllow, ...later.cidrAllow ?? []],
    secretFiles: [...base.secretFiles, ...later.secretFiles ?? []],
  };
}

/**
 * Turns flags into the layer that goes over all files.
 *
 * @throws {Error} `Invalid tag: 'X'` or the text of a bad duration, tags first.
 */
export function flagsLayer(flags: AgentFlags): ConfigLayer {
  const tags = new Map((flags.tags ?? []).map(parseTag));
  return {
    nodeName: flags.node,
    role: flags.role,
    tags,
    tagsFile: flags.tagsFile,
    bind: flags.bind,
    advertise: flags.advertise,
    interface: flags.iface,
    encryptKey: flags.encrypt,
    encryptFile: flags.encryptFile,
    keyringFile: flags.keyringFile,
    logLevel: flags.logLevel,
    logFormat: flags.logFormat,
    rpcAddr: flags.rpcAddr,
    rpcAllowOpen: flags.rpcAllowOpen,
    rpcTlsCert: flags.rpcTlsCert,
    rpcTlsKey: flags.rpcTlsKey,
    label: flags.label,
    cidrAllow: flags.cidrAllow,
    protocol: positive(flags.protocol),
    profile: flags.profile,
    snapshotPath: flags.snapshot,
    rejoinAfterLeave: flags.rejoin,
    startJoin: flags.join,
    replayOnJoin: flags.replay,
    retryJoin: flags.retryJoin,
    retryInterval: duration(flags.retryInterval),
    retryMaxAttempts: flags.retryMax,
    eventHandlers: flags.eventHandlers,
    handlerTimeout: duration(flags.handlerTimeout),
    discover: flags.discover,
    mdnsInterface: flags.mdnsIface,
    mdnsDisableIpv4: flags.mdnsDisableIpv4,
    mdnsDisableIpv6: flags.mdnsDisableIpv6,
    enableSyslog: flags.syslog,
    broadcastTimeout: duration(flags.broadcastTimeout),
    enableCompression: flags.disableCompression === undefined
      ? undefined
      : !flags.disableCompression,
  };
}

/** Returns a number above 0, and `undefined` for any other: it does not count as said. */
export function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== "" && value !== 0;
}

function parseTag(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at <= 0) throw new Error(`Invalid tag: '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function duration(text: string | undefined): Milliseconds | undefined {
  return text === undefined || text === "" ? undefined : parseGoDuration(text);
}
