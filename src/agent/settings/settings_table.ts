/**
 * Every setting of an agent, declared once (agent.md sections 5.2 and 5.4).
 *
 * From here follow the types, the defaults, the flags with their help, what files
 * may say, what a reload applies, and the tables of `src/docs/configuration.md`.
 * Each line has the flag (empty without one), what the setting does, and the rest.
 */

import type { Milliseconds } from "../../ports/clock.ts";
import { boolean, duration, list, number, tags, text } from "./setting_kind.ts";

const second: Milliseconds = 1000;
const hour: Milliseconds = 3600 * second;

const identity = {
  nodeName: text("node=hostname", "Name of this node, which must be unique in the cluster.", {
    otherwise: "host name",
  }),
  tags: tags("tag key=value", "Tag of this node.", {
    reloads: true,
    page: "Tags that every member sees: keys and texts.",
  }),
  tagsFile: text(
    "tags-file=path",
    "File that keeps the tags as they are changed, for the next start. Excludes other tags.",
    { offers: "files" },
  ),
  // A role is a tag by the time that settings are in force.
  role: text("role=name", "Role of this node. Deprecated: use -tag role=name.", { reloads: true }),
  validateNodeNames: boolean(
    "",
    "Refuse names with other characters than letters, digits, `-` and `.`, or over 128.",
  ),
};

const addresses = {
  bind: text("bind=0.0.0.0:7946", "Address to listen on, for IPv6 [::1] or [::1]:7946.", {
    initial: "0.0.0.0",
    page: "Address, with port 7946 unless another one is named; UDP and TCP.",
  }),
  advertise: text("advertise=addr", "Address that other members are told to use.", {
    otherwise: "that of `bind`",
  }),
  interface: text(
    "iface=name",
    "Network interface to listen on, where its address is not known beforehand. With -bind, " +
      "the interface must have that address. Discovery uses the interface too.",
  ),
  rpcAddr: text(
    "rpc-addr=127.0.0.1:7373",
    "Address of the RPC port for the other commands, or unix:/path.",
    { initial: "127.0.0.1:7373" },
  ),
  rpcAuth: text("", "Token that RPC clients must show. Not a flag, so that `ps` does not tell."),
  rpcAllowOpen: boolean(
    "rpc-allow-open",
    "Let the RPC port be open to other machines without a token (rpc_auth), which lets " +
      "anybody control this agent.",
  ),
  rpcTlsCert: text(
    "rpc-tls-cert=path",
    "Certificate of the RPC port, a PEM file; the port then speaks TLS only. Clients that " +
      "know no TLS, HashiCorp's among them, stay outside.",
    { offers: "files" },
  ),
  rpcTlsKey: text("rpc-tls-key=path", "Private key of that certificate, a PEM file.", {
    offers: "files",
  }),
};

const joining = {
  startJoin: list("join=addr", "Member to join through at the start, which fails if none answers."),
  retryJoin: list("retry-join=addr", "Member to join through, tried again until one answers."),
  retryInterval: duration("retry-interval=30s", "Time between such tries.", {
    initial: 30 * second,
    shortest: second,
  }),
  retryMaxAttempts: number(
    "retry-max=0",
    "How many tries may fail before the agent gives up; 0 is no limit.",
  ),
  replayOnJoin: boolean("replay", "Take in the user events that the cluster had before the join."),
  rejoinAfterLeave: boolean(
    "rejoin",
    "Join the former members again even after a leave. Needs -snapshot.",
  ),
  snapshotPath: text(
    "snapshot=path",
    "File that remembers members and events, to join again after a restart without seeing old " +
      "events twice.",
    { offers: "files" },
  ),
  discover: text(
    "discover=cluster",
    "Name of a cluster to find on the local network by multicast, without any address to join.",
  ),
  mdnsInterface: text("mdns-iface=name", "Network interface for discovery."),
  mdnsDisableIpv4: boolean("mdns-disable-ipv4", "Do not search over IPv4."),
  mdnsDisableIpv6: boolean("mdns-disable-ipv6", "Do not search over IPv6."),
};

const protection = {
  encryptKey: text(
    "encrypt=key",
    "Key for the traffic between members: 16, 24 or 32 bytes in base64, as keygen prints it. " +
      "Other users of this machine can see it: -encrypt-file hides it.",
    {
      page:
        "Key for the traffic between members: 16, 24 or 32 bytes in base64; see [below](#encryption-keys).",
    },
  ),
  encryptFile: text(
    "encrypt-file=path",
    "File with that key, or - for standard input. SERF_ENCRYPT_KEY in the environment is " +
      "another way to give it.",
    {
      offers: "files",
      page: "File with that key, or `-` for standard input. Excludes `encrypt_key`.",
    },
  ),
  keyringFile: text(
    "keyring-file=path",
    "File that keeps the encryption keys, also those installed later, for the next start. It " +
      "is made if there is none and a key is given; once it is there, it counts.",
    { offers: "files" },
  ),
  label: text(
    "label=name",
    "Name in front of all gossip. Nodes with another label, or none, are refused. HashiCorp's " +
      "agents know none.",
  ),
  cidrAllow: list(
    "cidr-allow=network",
    "Network that members may be in, for instance 10.0.0.0/8; others are refused.",
    { otherwise: "all" },
  ),
};

const output = {
  logLevel: text("log-level=info", "Least level to log: trace, debug, info, warn or err.", {
    initial: "INFO",
    offers: ["trace", "debug", "info", "warn", "err"],
    reloads: true,
  }),
  logFormat: text("log-format=text", "How to write the log: 'text' or 'json'.", {
    initial: "text",
    offers: ["text", "json"],
  }),
  enableSyslog: boolean("syslog", "Log to syslog as well."),
  syslogFacility: text("", "Under which facility.", { initial: "LOCAL0" }),
  history: text(
    "history=folder",
    "Folder that keeps what happened for a week, 16 MiB at most, so that `serf events` tells of " +
      "it after a restart too. Without one, 4 MiB are kept in memory.",
    { offers: "files" },
  ),
  historyPayloads: boolean("", "Keep the payloads of events and queries as well.", {
    initial: true,
  }),
  statsdAddr: text("", "statsd server, `host:port`, for [metrics](metrics.md)."),
  statsiteAddr: text("", "statsite server, likewise."),
};

const behaviour = {
  eventHandlers: list("event-handler=spec", "Command to run when events occur; see below.", {
    reloads: true,
    page: "Commands to run when [events](handlers.md) occur.",
  }),
  handlerTimeout: duration(
    "handler-timeout=0",
    "How long a handler may run, for instance 30s, before it is ended with all that it " +
      "started. With a limit handlers also end with the agent. 0 is no limit.",
    { reloads: true },
  ),
  leaveOnTerminate: boolean("", "Leave gracefully at SIGTERM instead of just ending.", {
    reloads: true,
  }),
  skipLeaveOnInterrupt: boolean("", "End at ctrl-C without leaving.", { reloads: true }),
  profile: text("profile=lan", "Timing for the kind of network: lan, wan or local.", {
    initial: "lan",
    offers: ["lan", "wan", "local"],
  }),
  protocol: number(
    "protocol=5",
    "Version of the protocol to speak, 2 to 5; lower it to work with older members.",
    { initial: 5, least: 1 },
  ),
  broadcastTimeout: duration(
    "broadcast-timeout=5s",
    "How long to wait for a message such as a leave to be handed to other members.",
    { initial: 5 * second, shortest: second },
  ),
  reconnectInterval: duration("", "How often to try a failed member again.", {
    initial: 30 * second,
  }),
  reconnectTimeout: duration("", "How long to try before a failed member is forgotten.", {
    initial: 24 * hour,
  }),
  tombstoneTimeout: duration("", "How long to remember a member that left.", {
    initial: 24 * hour,
  }),
  disableNameResolution: boolean("", "Do not vote on a name that two nodes claim; only warn."),
  disableCoordinates: boolean("", "Do not estimate round trip times."),
  enableCompression: boolean("disable-compression", "Send messages uncompressed.", {
    inverted: true,
    initial: true,
    page: "Compress messages between members.",
  }),
  queryResponseSizeLimit: number("", "Largest answer to a query, in bytes.", {
    initial: 1024,
    least: 1,
  }),
  querySizeLimit: number("", "Largest query, in bytes.", { initial: 1024, least: 1 }),
  userEventSizeLimit: number("", "Largest user event, name and payload, in bytes.", {
    initial: 512,
    least: 1,
  }),
};

/** The settings under their headings on the page on configuration. */
export const settingSections = {
  "Who the node is": identity,
  "Where it listens": addresses,
  "Whom it joins": joining,
  "What protects it": protection,
  "What it says": output,
  "What it does": behaviour,
};

/** All settings, by the names that the code has for them. */
export const settings = {
  ...identity,
  ...addresses,
  ...joining,
  ...protection,
  ...output,
  ...behaviour,
};
