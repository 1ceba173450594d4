/** `serf agent`: reads the agent's flags and runs it (agent.md section 5.2). */

import { type AgentFlags, settingEntries } from "../../agent/settings/config.ts";
import { flagName, inOrder, type Setting } from "../../agent/settings/setting_kind.ts";
import { defineCommand } from "../command.ts";
import { type Flag, integerFlag, invertedFlag, listFlag, switchFlag, textFlag } from "../flags.ts";

/** The order of the flags in help; others come last. */
const order =
  "bind iface advertise config-file discover mdns-iface mdns-disable-ipv4 mdns-disable-ipv6 " +
  "encrypt encrypt-file keyring-file event-handler handler-timeout join retry-join " +
  "retry-interval retry-max replay log-level log-format node profile protocol rejoin " +
  "broadcast-timeout disable-compression role rpc-addr rpc-allow-open rpc-tls-cert rpc-tls-key " +
  "label cidr-allow snapshot tag tags-file syslog";

type AgentFlagTable = { readonly [Name in keyof AgentFlags]-?: Flag<AgentFlags[Name]> };

const configPaths = listFlag(
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
);

/** The flags of all settings that have one, and those that name files. */
function agentFlags(): AgentFlagTable {
  const flags = settingEntries.filter(([, { flag }]) => flag !== "")
    .map(([name, setting]) => [name, flagOf(setting)] as const);
  const all: (readonly [string, Flag<unknown>])[] = [...flags, ["configPaths", configPaths]];
  const sorted = inOrder(order, all, ([, { spellings }]) => spellings[0]?.name ?? "");
  // The kind of a setting decides the type of its flag, there as here.
  return Object.fromEntries(sorted) as unknown as AgentFlagTable;
}

function flagOf({ kind, flag, about, offers, inverted }: Setting): Flag<unknown> {
  const name = flagName(flag);
  const spelling = { name, hint: flag.slice(name.length), about, ...(offers ? { offers } : {}) };
  if (kind === "list" || kind === "tags") {
    return listFlag({ ...spelling, about: `${about} May be given several times.` });
  }
  const single = { ...spelling, initial: undefined };
  if (kind === "boolean") return inverted ? invertedFlag(single) : switchFlag(single);
  return kind === "number" ? integerFlag(single) : textFlag(single);
}

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
  flags: agentFlags(),
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
