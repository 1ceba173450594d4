/** `serf why`: what an agent saw of a member, and so why it counts as failed. */

import { quoteGo } from "../../go/quote.ts";
import { agentFlags, attempt, connectToAgent, orUnknown } from "../agent_connection.ts";
import { CommandFailure, defineCommand, UsageMistake } from "../command.ts";
import { accountLines } from "../output/account_lines.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";

const unlessOurs = orUnknown(
  "Error asking the agent: this agent keeps no evidence (HashiCorp's does not): " +
    '"serf monitor" follows its log',
);

export const why = defineCommand({
  name: "why",
  usage: "[options] node",
  example: "serf why web-3",
  words: "nodes",
  about: [
    "Tells how a member stands, when the agent heard it last, and what happened to it: probes " +
    "that it did not answer, who accused it, who confirmed or refuted that, and by whose word it " +
    "was declared failed.",
    "It is what this one agent saw; others may have seen something else.",
  ],
  flags: { format: formatFlag, ...agentFlags },
  async run({ format: formatName, ...flags }, args, context) {
    const format = requireOutputFormat(formatName);
    const [node] = args;
    if (node === undefined || args.length !== 1) {
      throw new UsageMistake("A node name must be specified.");
    }

    using agent = await connectToAgent(flags, context);
    const json = await attempt("Error asking the agent", agent.why(node).catch(unlessOurs));
    if (json === undefined) {
      throw new CommandFailure(`This agent knows nobody of the name ${quoteGo(node)}`);
    }
    if (format === "json") return context.terminal.print(json);
    for (const line of accountLines(JSON.parse(json))) context.terminal.print(line);
  },
});
