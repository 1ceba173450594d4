/** `serf agent`: reads the agent's flags and runs it (agent.md section 5.2). */

import { type AgentFlags, settingEntries } from "../../agent/settings/config.ts";
import type { Setting } from "../../agent/settings/setting_kind.ts";
import type { Validation } from "../../agent/validation.ts";
import type { Terminal } from "../terminal.ts";
import { defineCommand } from "../command.ts";
import {
  type Flag,
  integerFlag,
  invertedFlag,
  listFlag,
  oneList,
  optional,
  switchFlag,
  textFlag,
} from "../flags.ts";

/** The order of the flags in help; others come last. */
const order = (
  "bind iface advertise config-file discover mdns-iface mdns-disable-ipv4 mdns-disable-ipv6 " +
  "encrypt encrypt-file keyring-file event-handler handler-timeout join retry-join " +
  "retry-interval retry-max replay log-level log-format node profile protocol rejoin " +
  "broadcast-timeout disable-compression role rpc-addr rpc-allow-open rpc-tls-cert rpc-tls-key " +
  "label cidr-allow snapshot tag tags-file syslog"
).split(" ");

type AgentFlagTable = { readonly [Name in keyof AgentFlags]-?: Flag<AgentFlags[Name]> };

const configPaths = oneList(
  listFlag(
    "config-file=path",
    "JSON file with settings. May be given several times; later ones win, flags last.",
    { offers: "files" },
  ),
  listFlag("config-dir=path", 'Directory whose files ending in ".json" are read, sorted by name.', {
    offers: "files",
  }),
);

/** The flags of all settings that have one, and those that name files. */
function agentFlags(): AgentFlagTable {
  const flags = settingEntries.filter(([, { flag }]) => flag !== "")
    .map(([name, setting]) => [name, flagOf(setting)] as const);
  const all: (readonly [string, Flag<unknown>])[] = [...flags, ["configPaths", configPaths]];
  const sorted = all.toSorted(([, a], [, b]) => placeOf(a) - placeOf(b));
  // The kind of a setting decides the type of its flag, there as here.
  return Object.fromEntries(sorted) as unknown as AgentFlagTable;
}

function placeOf({ spellings }: Flag<unknown>): number {
  const at = order.indexOf(spellings[0]?.name ?? "");
  return at < 0 ? order.length : at;
}

function flagOf({ kind, flag, about, offers, inverted }: Setting): Flag<unknown> {
  if (kind === "list" || kind === "tags") {
    return listFlag(flag, `${about} May be given several times.`, { offers });
  }
  if (kind === "boolean") return optional((inverted ? invertedFlag : switchFlag)(flag, about));
  if (kind === "number") return optional(integerFlag(flag, about));
  return optional(textFlag(flag, about, { offers }));
}

/** Prints what is wrong and what is odd; returns the exit code. */
function tellValidation({ problems, warnings }: Validation, terminal: Terminal): number {
  for (const warning of warnings) terminal.print(`Warning: ${warning.replace(/^Warning: /, "")}`);
  for (const { where, what } of problems) {
    terminal.print(where === "" ? `Error: ${what}` : `Error: ${where}: ${what}`);
  }
  if (problems.length === 0) terminal.print("An agent can start with this configuration");
  return problems.length === 0 ? 0 : 1;
}

export const agent = defineCommand({
  name: "agent",
  example: "serf agent -node=web-1 -tag role=web -retry-join=10.0.0.2",
  mistakePrefix: "==> ",
  about: [
    "Runs an agent, which is one node of a cluster, until it is interrupted, told to leave or " +
    "ended by an error.",
  ],
  flags: {
    ...agentFlags(),
    validate: switchFlag(
      "validate",
      "Only check flags, files and all that they name, say what is wrong, and start nothing.",
    ),
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
  async run({ validate, ...flags }, _args, { terminal }) {
    if (validate) {
      const { validateAgent } = await import("../../agent/validation.ts");
      return tellValidation(await validateAgent(flags), terminal);
    }
    const { runAgent } = await import("../../agent/lifecycle.ts");
    return await runAgent(flags);
  },
});
