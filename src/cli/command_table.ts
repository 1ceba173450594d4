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
  readonly load: () => Promise<Command>;
}

/** In alphabetical order. */
const synopses = {
  "agent": "Runs a Serf agent",
  "completion": "Prints a script that completes commands and flags in a shell",
  "event": "Sends a custom event to the whole cluster",
  "events": "Shows what happened, and what happens now",
  "force-leave": 'Moves a failed member of the cluster to the "left" state',
  "health": "Tells in one word whether an agent and its cluster are well",
  "info": "Shows facts about an agent that help to find problems",
  "join": "Makes an agent join a cluster",
  "keygen": "Generates a new encryption key",
  "keys": "Installs, changes, removes and lists the cluster's encryption keys",
  "leave": "Makes an agent leave the cluster gracefully and stop",
  "members": "Lists the members of the cluster",
  "metrics": "Shows what an agent measured in the last minute",
  "monitor": "Follows the log and the events of an agent",
  "query": "Asks the cluster a question and gathers the answers",
  "reachability": "Tests whether all live members can be reached",
  "reload": "Makes an agent read its configuration again",
  "rtt": "Estimates the network round trip time between two nodes",
  "simulate": "Shows what a cluster would do, in virtual time and without a network",
  "tags": "Changes the tags of a running agent",
  "version": "Prints the version",
  "why": "Tells what an agent saw of a member, and why it counts as failed",
};

type CommandName = keyof typeof synopses;

const loaders: Readonly<Record<CommandName, () => Promise<Command>>> = {
  "agent": async () => (await import("./commands/agent.ts")).agent,
  "completion": async () => (await import("./commands/local/completion.ts")).completion,
  "event": async () => (await import("./commands/event.ts")).event,
  "events": async () => (await import("./commands/events.ts")).events,
  "force-leave": async () => (await import("./commands/force_leave.ts")).forceLeave,
  "health": async () => (await import("./commands/health.ts")).health,
  "info": async () => (await import("./commands/info.ts")).info,
  "join": async () => (await import("./commands/join.ts")).join,
  "keygen": async () => (await import("./commands/local/keygen.ts")).keygen,
  "keys": async () => (await import("./commands/keys.ts")).keys,
  "leave": async () => (await import("./commands/leave.ts")).leave,
  "members": async () => (await import("./commands/members.ts")).members,
  "metrics": async () => (await import("./commands/metrics.ts")).metrics,
  "monitor": async () => (await import("./commands/monitor.ts")).monitor,
  "query": async () => (await import("./commands/query.ts")).query,
  "reachability": async () => (await import("./commands/reachability.ts")).reachability,
  "reload": async () => (await import("./commands/reload.ts")).reload,
  "rtt": async () => (await import("./commands/rtt.ts")).rtt,
  "simulate": async () => (await import("./commands/local/simulate.ts")).simulate,
  "tags": async () => (await import("./commands/tags.ts")).tags,
  "version": async () => (await import("./commands/local/version.ts")).version,
  "why": async () => (await import("./commands/why.ts")).why,
};

/** The commands in alphabetical order. */
export const commandTable: readonly CommandEntry[] = Object.entries(synopses)
  .map(([name, synopsis]) => ({ name, synopsis, load: loaders[name as CommandName] }));
