/** `serf reachability`: pings all members and compares who answered (cli.md section 7.12). */

import type { Milliseconds } from "../../ports/clock.ts";
import type { AgentConnection } from "../context.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { compareBytes } from "../../go/byte_order.ts";
import { defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";
import type { Terminal } from "../terminal.ts";

/** The query that every node acknowledges by itself. */
const pingQuery = "_serf_ping";

const troubleshootingTips = `
Troubleshooting tips:
* Ensure that the bind addr:port is accessible by all other nodes
* If an advertise address is set, ensure it routes to the bind address
* Check that no nodes are behind a NAT
* If nodes are behind firewalls or iptables, check that Serf traffic is permitted (UDP and TCP)
* Verify networking equipment is functional`;

/** The `reachability` command. */
export const reachability = defineCommand({
  name: "reachability",
  usage: "[options]",
  example: "serf reachability -verbose",
  about: [
    "Tests whether the agent reaches all live members of the cluster: each is asked to answer, " +
    "and those that do not are named.",
  ],
  flags: {
    verbose: switchFlag({
      name: "verbose",
      hint: "",
      about: "Show each answer as it comes, and how long it took.",
      initial: false,
    }),
    format: formatFlag,
    ...agentFlags,
  },
  async run({ verbose, format: formatName, ...flags }, _args, context) {
    const { terminal } = context;
    const format = requireOutputFormat(formatName);
    const interrupted = terminal.interrupted().then(() => {
      if (format === "json") terminal.warn("Test interrupted");
      else terminal.print("Test interrupted");
      return 1;
    });
    const test = async () => {
      using agent = await connectToAgent(flags, context);
      return format === "json"
        ? await reportJson(agent, terminal)
        : await testReachability(agent, verbose, terminal);
    };
    return await Promise.race([interrupted, test()]);
  },
});

/** Tests and tells what happens on the way; returns the exit code. */
async function testReachability(
  agent: AgentConnection,
  verbose: boolean,
  terminal: Terminal,
): Promise<number> {
  const { members, live } = await listMembers(agent);
  terminal.print(`Total members: ${members}, live members: ${live.size}`);

  terminal.print("Starting reachability test...");
  const { acks, duplicates, duration, lastAfter } = await gatherAcks(agent, (from, isSecond) => {
    if (verbose) terminal.print(`\tAck from '${from}'`);
    if (isSecond) terminal.print(`Duplicate response from '${from}'`);
  });
  if (verbose) {
    terminal.print(
      `Query time: ${seconds(duration)} sec, time to last response: ${seconds(lastAfter)} sec`,
    );
  }
  const isComplete = reportAnswers(live, acks, terminal);
  if (duplicates.size > 0) {
    terminal.print("Some nodes answered twice. Ensure that the names of all nodes are unique.");
  }
  return isComplete && duplicates.size === 0 ? 0 : 1;
}

/** Tests and prints one object; returns the exit code. */
async function reportJson(agent: AgentConnection, terminal: Terminal): Promise<number> {
  const { members, live } = await listMembers(agent);
  const { acks, duplicates, duration, lastAfter } = await gatherAcks(agent);
  const isReachable = acks.size === live.size && duplicates.size === 0;
  terminal.print(formatJson({
    reachable: isReachable,
    members,
    live: live.size,
    acks: sorted(acks),
    missing: sorted(live.difference(acks)),
    unexpected: sorted(acks.difference(live)),
    duplicates: sorted(duplicates),
    query_seconds: Number(seconds(duration)),
    last_ack_seconds: Number(seconds(lastAfter)),
  }));
  return isReachable ? 0 : 1;
}

async function listMembers(agent: AgentConnection) {
  const members = await attempt("Error getting members", agent.members());
  const live = members.filter(({ status }) => status === "alive");
  return { members: members.length, live: new Set(live.map(({ name }) => name)) };
}

/** Who answered, who did so more than once, and how long it took, in milliseconds. */
interface Acks {
  readonly acks: ReadonlySet<string>;
  readonly duplicates: ReadonlySet<string>;
  readonly duration: Milliseconds;
  readonly lastAfter: Milliseconds;
}

async function gatherAcks(
  agent: AgentConnection,
  onAck?: (from: string, isSecond: boolean) => void,
): Promise<Acks> {
  const start = performance.now();
  let last = start;
  const answers = await attempt(
    "Error sending query",
    agent.query(pingQuery, undefined, { requestAck: true }),
  );
  const acks = new Set<string>();
  const duplicates = new Set<string>();
  const gather = async () => {
    for await (const { type, from } of answers) {
      if (type !== "ack") continue;
      const isSecond = acks.has(from);
      onAck?.(from, isSecond);
      (isSecond ? duplicates : acks).add(from);
      last = performance.now();
    }
  };
  await attempt("Error sending query", gather());
  return { acks, duplicates, duration: performance.now() - start, lastAfter: last - start };
}

/** Says whether exactly the live members answered, and what to do if not. */
export function reportAnswers(
  live: ReadonlySet<string>,
  acks: ReadonlySet<string>,
  terminal: Terminal,
): boolean {
  if (acks.size === live.size) {
    terminal.print("Successfully contacted all live nodes");
    return true;
  }
  if (acks.size < live.size) {
    terminal.print("Received less acks than live nodes! Missing acks from:");
    printNames(live.difference(acks), terminal);
    terminal.print(
      "This could mean Serf gossip packets are being lost due to a misconfiguration or network issue.",
    );
  } else {
    terminal.print("Received more acks than live nodes! Acks from non-live nodes:");
    printNames(acks.difference(live), terminal);
    terminal.print(
      "This could mean that nodes are wrongly taken for failed, or that members are not yet known here.",
    );
  }
  terminal.print(troubleshootingTips);
  return false;
}

function printNames(names: ReadonlySet<string>, terminal: Terminal): void {
  for (const name of sorted(names)) terminal.print(`\t${name}`);
}

function sorted(names: ReadonlySet<string>): readonly string[] {
  return [...names].sort(compareBytes);
}

function seconds(duration: number): string {
  return (duration / 1000).toFixed(2);
}
