/** `serf info`: facts about the agent (cli.md section 7.4). */

import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { sortedEntries } from "../../go/byte_order.ts";
import { defineCommand } from "../command.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";

/** The `info` command. */
export const info = defineCommand({
  name: "info",
  usage: "[options]",
  example: "serf info -format=json",
  about: ["Shows facts about the agent that help to find problems."],
  flags: { format: formatFlag, ...agentFlags },
  async run({ format: formatName, ...flags }, _args, context) {
    const format = requireOutputFormat(formatName);
    using agent = await connectToAgent(flags, context);
    const stats = await attempt("Error querying agent", agent.stats());
    context.terminal.print(format === "json" ? formatJson(stats) : formatSections(stats));
    return 0;
  },
});

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
