/** `serf reachability`: pings all members and compares who answered (cli.md section 7.12). */

import type { AgentConnection } from "../context.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { compareBytes } from "../byte_order.ts";
import { defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
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
    ...agentFlags,
  },
  async run({ verbose, ...flags }, _args, context) {
    const { terminal } = context;
    const interrupted = terminal.interrupted().then(() => {
      terminal.print("Test interrupted");
      return 1;
    });
    const test = async () => {
      using agent = await connectToAgent(flags, context);
      return await testReachability(agent, verbose, terminal);
    };
    return await Promise.race([interrupted, test()]);
  },
});

async function testReachability(
  agent: AgentConnection,
  verbose: boolean,
  terminal: Terminal,
): Promise<number> {
  const members = await attempt("Error getting members", agent.members());
  const live = new Set(
    members.filter(({ status }) => status === "alive").map(({ name }) => name),
  );
  terminal.print(`Total members: ${members.length}, live members: ${live.size}`);

  terminal.print("Starting reachability test...");
  const start = performance.now();
  let last = start;
  const answers = await attempt(
    "Error sending query",
    agent.query(pingQuery, undefined, { requestAck: true }),
  );
  const acks = new Set<string>();
  let hasDuplicates = false;
  const gather = async () => {
    for await (const { type, from } of answers) {
      if (type !== "ack") continue;
      if (verbose) terminal.print(`\tAck from '${from}'`);
      if (acks.has(from)) {
        hasDuplicates = true;
        terminal.print(`Duplicate response from '${from}'`);
      }
      acks.add(from);
      last = performance.now();
    }
  };
  await attempt("Error sending query", gather());

  if (verbose) {
    terminal.print(
      `Query time: ${seconds(performance.now() - start)} sec, ` +
        `time to last response: ${seconds(last - start)} sec`,
    );
  }
  const isComplete = reportAnswers(live, acks, terminal);
  if (hasDuplicates) {
    terminal.print("Some nodes answered twice. Ensure that the names of all nodes are unique.");
  }
  return isComplete && !hasDuplicates ? 0 : 1;
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
  for (const name of [...names].sort(compareBytes)) terminal.print(`\t${name}`);
}

function seconds(duration: number): string {
  return (duration / 1000).toFixed(2);
}
