/**
 * All commands: name, one line about each, and where its code is.
 *
 * The code is loaded when the command is run, because for a short command
 * loading is most of the work.
 */

import type { Command } from "./command.ts";

/** A command before it is loaded. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the overview. */
  readonly synopsis: string;
  load(): Promise<Command>;
}

/** The commands in alphabetical order. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: "agent",
    synopsis: "Runs a Serf agent",
    load: async () => (await import("./commands/agent.ts")).agent,
  },
  {
    name: "completion",
    synopsis: "Prints a script that completes commands and flags in a shell",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  {
    name: "event",
    synopsis: "Sends a custom event to the whole cluster",
    load: async () => (await import("./commands/event.ts")).event,
  },
  {
    name: "force-leave",
    synopsis: 'Moves a failed member of the cluster to the "left" state',
    load: async () => (await import("./commands/force_leave.ts")).forceLeave,
  },
  {
    name: "info",
    synopsis: "Shows facts about an agent that help to find problems",
    load: async () => (await import("./commands/info.ts")).info,
  },
  {
    name: "join",
    synopsis: "Makes an agent join a cluster",
    load: async () => (await import("./commands/join.ts")).join,
  },
  {
    name: "keygen",
    synopsis: "Generates a new encryption key",
    load: async () => (await import("./commands/keygen.ts")).keygen,
  },
  {
    name: "keys",
    synopsis: "Installs, changes, removes and lists the cluster's encryption keys",
    load: async () => (await import("./commands/keys.ts")).keys,
  },
  {
    name: "leave",
    synopsis: "Makes an agent leave the cluster gracefully and stop",
    load: async () => (await import("./commands/leave.ts")).leave,
  },
  {
    name: "members",
    synopsis: "Lists the members of the cluster",
    load: async () => (await import("./commands/members.ts")).members,
  },
  {
    name: "metrics",
    synopsis: "Shows what an agent measured in the last minute",
    load: async () => (await import("./commands/metrics.ts")).metrics,
  },
  {
    name: "monitor",
    synopsis: "Follows the log and the events of an agent",
    load: async () => (await import("./commands/monitor.ts")).monitor,
  },
  {
    name: "query",
    synopsis: "Asks the cluster a question and gathers the answers",
    load: async () => (await import("./commands/query.ts")).query,
  },
  {
    name: "reachability",
    synopsis: "Tests whether all live members can be reached",
    load: async () => (await import("./commands/reachability.ts")).reachability,
  },
  {
    name: "rtt",
    synopsis: "Estimates the network round trip time between two nodes",
    load: async () => (await import("./commands/rtt.ts")).rtt,
  },
  {
    name: "simulate",
    synopsis: "Shows what a cluster would do, in virtual time and without a network",
    load: async () => (await import("./commands/simulate.ts")).simulate,
  },
  {
    name: "tags",
    synopsis: "Changes the tags of a running agent",
    load: async () => (await import("./commands/tags.ts")).tags,
  },
  {
    name: "version",
    synopsis: "Prints the version",
    load: async () => (await import("./commands/version.ts")).version,
  },
];
