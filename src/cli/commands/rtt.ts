/** `serf rtt`: estimates the time between two nodes from their coordinates (cli.md section 7.13). */

import { type Coordinate, distance, isCompatible } from "../../coordinate/coordinate.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { CommandFailure, defineCommand, UsageMistake } from "../command.ts";
import type { AgentConnection } from "../context.ts";
import { quoteGo } from "../../go/quote.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";

/** The `rtt` command. */
export const rtt = defineCommand({
  name: "rtt",
  usage: "[options] node1 [node2]",
  example: "serf rtt web-1 db-1",
  words: "nodes",
  about: [
    "Estimates the network round trip time between two nodes, without sending them anything: " +
    "agents place each other in a model of the network as they go. Without a second name the " +
    "agent's own node is meant.",
    "An agent knows only nodes that it has probed itself, so a new one needs some time.",
  ],
  flags: { format: formatFlag, ...agentFlags },
  async run({ format: formatName, ...flags }, args, context) {
    const format = requireOutputFormat(formatName);
    using agent = await connectToAgent(flags, context);
    const [first, named] = args;
    if (first === undefined || args.length > 2) {
      throw new UsageMistake("One or two node names must be specified");
    }

    const second = named ?? await ownName(agent);
    const from = await coordinateOf(agent, first);
    const to = await coordinateOf(agent, second);
    if (!isCompatible(from, to)) {
      throw new CommandFailure("Error getting coordinates: they are of different spaces");
    }
    const milliseconds = (1000 * distance(from, to)).toFixed(3);
    context.terminal.print(
      format === "json"
        ? formatJson({ from: first, to: second, rtt_ms: Number(milliseconds) })
        : `Estimated ${first} <-> ${second} rtt: ${milliseconds} ms`,
    );
    return 0;
  },
});

async function ownName(agent: AgentConnection): Promise<string> {
  const stats = await attempt("Error querying agent", agent.stats());
  return stats.get("agent")?.get("name") ?? "";
}

async function coordinateOf(agent: AgentConnection, node: string): Promise<Coordinate> {
  const record = await attempt("Error getting coordinates", agent.coordinate(node));
  if (record?.vec) return { ...record, vec: record.vec };
  throw new CommandFailure(`Could not find a coordinate for node ${quoteGo(node)}`);
}
