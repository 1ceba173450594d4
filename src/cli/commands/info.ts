/** `serf info`: facts about the agent (cli.md section 7.4). */

import { agentFlags, attempt, connectToAgent, isUnknownCommand } from "../agent_connection.ts";
import { sortedEntries } from "../../go/byte_order.ts";
import type { StatsResponse } from "../../rpc/commands.ts";
import type { AgentConnection } from "../context.ts";
import { defineCommand } from "../command.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";

export const info = defineCommand({
  name: "info",
  example: "serf info -format=json",
  about: [
    "Shows facts about the agent that help to find problems. Behind what HashiCorp's agent tells " +
    "as well stand its version and uptime, its addresses, its snapshot, the fingerprints of its " +
    "keys (never the keys), and how many runs of handlers wait.",
  ],
  flags: { format: formatFlag, ...agentFlags },
  async run({ format: formatName, ...flags }, _args, context) {
    const format = requireOutputFormat(formatName);
    using agent = await connectToAgent(flags, context);
    const [stats, facts] = await attempt(
      "Error querying agent",
      Promise.all([agent.stats(), factsOf(agent)]),
    );
    if (format === "json") return context.terminal.print(formatJson(new Map([...facts, ...stats])));
    const texts = [formatSections(stats), formatSections(facts)].filter((text) => text !== "");
    context.terminal.print(texts.join("\n"));
  },
});

/** What only this program's agent tells; nothing from HashiCorp's. */
async function factsOf(agent: AgentConnection): Promise<StatsResponse> {
  try {
    return await agent.facts();
  } catch (error) {
    if (isUnknownCommand(error)) return new Map();
    throw error;
  }
}

/** Returns sections with one entry a line, all sorted. */
export function formatSections(
  sections: ReadonlyMap<string, ReadonlyMap<string, string>>,
): string {
  const lines: string[] = [];
  for (const [section, entries] of sortedEntries(sections)) {
    lines.push(`${section}:`);
    for (const [key, value] of sortedEntries(entries)) lines.push(`\t${key} = ${value}`);
  }
  return lines.join("\n").trim();
}
