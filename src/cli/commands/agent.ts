/** `serf agent`: reads the agent's flags and runs it (agent.md section 5.2). */

import { defineCommand } from "../command.ts";
import { integerFlag, listFlag, switchFlag, textFlag } from "../flags.ts";

const text = (name: string, hint: string, about: string) =>
  textFlag({ name, hint, about, initial: undefined });
const file = (name: string, about: string) =>
  textFlag({ name, hint: "=path", about, initial: undefined, offers: "files" });
const choice = (name: string, hint: string, about: string, offers: readonly string[]) =>
  textFlag({ name, hint, about, initial: undefined, offers });
const toggle = (name: string, about: string) =>
  switchFlag({ name, hint: "", about, initial: undefined });
const list = (name: string, hint: string, about: string) => listFlag({ name, hint, about });

/** The `agent` command. */
export const agent = defineCommand({
  name: "agent",
  usage: "[options]",
  example: "serf agent -node=web-1 -tag role=web -retry-join=10.0.0.2",
  mistakePrefix: "==> ",
  about: [
    "Runs an agent, which is one node of a cluster, until it is interrupted, told to leave or " +
    "ended by an error.",
  ],
  flags: {
    bind: text("bind", "=0.0.0.0:7946", "Address to listen on, for IPv6 [::1] or [::1]:7946."),
    iface: text(
      "iface",
      "=name",
      "Network interface to listen on, where its address is not known beforehand. With -bind, " +
        "the interface must have that address. Discovery uses the interface too.",
    ),
    advertise: text("advertise", "=addr", "Address that other members are told to use."),
    configPaths: listFlag(
      {
        name: "config-file",
        hint: "=path",
        about: "JSON file with settings. May be given several times; later ones win, flags last.",
        offers: "files",
      },
      {
        name: "config-dir",
        hint: "=path",
        about: 'Directory whose files ending in ".json" are read, sorted by name.',
        offers: "files",
      },
    ),
    discover: text(
      "discover",
      "=cluster",
      "Name of a cluster to find on the local network by multicast, without any address to join.",
    ),
    mdnsIface: text("mdns-iface", "=name", "Network interface for discovery."),
    mdnsDisableIpv4: toggle("mdns-disable-ipv4", "Do not search over IPv4."),
    mdnsDisableIpv6: toggle("mdns-disable-ipv6", "Do not search over IPv6."),
    encrypt: text(
      "encrypt",
      "=key",
      "Key for the traffic between members: 16, 24 or 32 bytes in base64, as keygen prints it. " +
        "Other users of this machine can see it: -encrypt-file hides it.",
    ),
    encryptFile: file(
      "encrypt-file",
      "File with that key, or - for standard input. SERF_ENCRYPT_KEY in the environment is another " +
        "way to give it.",
    ),
    keyringFile: file(
      "keyring-file",
      "File that keeps the encryption keys, also those installed later, for the next start. It is " +
        "made if there is none and a key is given; once it is there, it counts.",
    ),
    eventHandlers: list(
      "event-handler",
      "=spec",
      "Command to run when events occur; see below. May be given several times.",
    ),
    handlerTimeout: text(
      "handler-timeout",
      "=0",
      "How long a handler may run, for instance 30s, before it is ended with all that it " +
        "started. With a limit handlers also end with the agent. 0 is no limit.",
    ),
    join: list(
      "join",
      "=addr",
      "Member to join through at the start, which fails if none answers. May be given several " +
        "times.",
    ),
    retryJoin: list(
      "retry-join",
      "=addr",
      "Member to join through, tried again until one answers. May be given several times.",
    ),
    retryInterval: text("retry-interval", "=30s", "Time between such tries."),
    retryMax: integerFlag({
      name: "retry-max",
      hint: "=0",
      about: "How many tries may fail before the agent gives up; 0 is no limit.",
      initial: undefined,
    }),
    replay: toggle("replay", "Take in the user events that the cluster had before the join."),
    logLevel: choice(
      "log-level",
      "=info",
      "Least level to log: trace, debug, info, warn or err.",
      ["trace", "debug", "info", "warn", "err"],
    ),
    logFormat: choice(
      "log-format",
      "=text",
      "How to write the log: 'text' or 'json'.",
      ["text", "json"],
    ),
    node: text("node", "=hostname", "Name of this node, which must be unique in the cluster."),
    profile: choice(
      "profile",
      "=lan",
      "Timing for the kind of network: lan, wan or local.",
      ["lan", "wan", "local"],
    ),
    protocol: integerFlag({
      name: "protocol",
      hint: "=5",
      about: "Version of the protocol to speak, 2 to 5; lower it to work with older members.",
      initial: undefined,
    }),
    rejoin: toggle(
      "rejoin",
      "Join the former members again even after a leave. Needs -snapshot.",
    ),
    broadcastTimeout: text(
      "broadcast-timeout",
      "=5s",
      "How long to wait for a message such as a leave to be handed to other members.",
    ),
    disableCompression: toggle("disable-compression", "Send messages uncompressed."),
    role: text("role", "=name", "Role of this node. Deprecated: use -tag role=name."),
    rpcAddr: text(
      "rpc-addr",
      "=127.0.0.1:7373",
      "Address of the RPC port for the other commands, or unix:/path.",
    ),
    rpcAllowOpen: toggle(
      "rpc-allow-open",
      "Let the RPC port be open to other machines without a token (rpc_auth), which lets anybody " +
        "control this agent.",
    ),
    rpcTlsCert: file(
      "rpc-tls-cert",
      "Certificate of the RPC port, a PEM file; the port then speaks TLS only. Clients that know " +
        "no TLS, HashiCorp's among them, stay outside.",
    ),
    rpcTlsKey: file("rpc-tls-key", "Private key of that certificate, a PEM file."),
    label: text(
      "label",
      "=name",
      "Name in front of all gossip. Nodes with another label, or none, are refused. HashiCorp's " +
        "agents know none.",
    ),
    cidrAllow: list(
      "cidr-allow",
      "=network",
      "Network that members may be in, for instance 10.0.0.0/8; others are refused. May be given " +
        "several times.",
    ),
    snapshot: file(
      "snapshot",
      "File that remembers members and events, to join again after a restart without seeing old " +
        "events twice.",
    ),
    tags: list("tag", " key=value", "Tag of this node. May be given several times."),
    tagsFile: file(
      "tags-file",
      "File that keeps the tags as they are changed, for the next start. Excludes other tags.",
    ),
    syslog: toggle("syslog", "Log to syslog as well."),
  },
  notes: [
    {
      heading: "Event handlers",
      paragraphs: [
        "A handler is a command line for the shell, with a filter in front where it is not meant " +
        "for everything.",
        "-event-handler=SCRIPT runs for every event; SERF_EVENT in its environment tells which.",
        "-event-handler=TYPE=SCRIPT runs for one type, for instance member-join=join.sh. Several " +
        "types stand with commas between them.",
        "-event-handler=user:NAME=SCRIPT runs for user events of that name, query:NAME=SCRIPT for " +
        "queries, whose answer is what the script prints.",
      ],
    },
  ],
  async run(flags) {
    const { runAgent } = await import("../../agent/lifecycle.ts");
    return await runAgent(flags);
  },
});
