/** `serf tags`: changes the agent's tags (cli.md section 7.14). */

import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { defineCommand, UsageMistake } from "../command.ts";
import { listFlag } from "../flags.ts";
import { parseTagArguments } from "../tag_arguments.ts";

export const tags = defineCommand({
  name: "tags",
  example: "serf tags -set version=42 -delete canary",
  about: ["Changes the tags of a running agent. The cluster hears of it at once."],
  flags: {
    set: listFlag("set key=value", "Add a tag or change its value. May be given several times."),
    remove: listFlag(
      "delete key",
      "Remove a tag, if it is there. May be given several times; -set wins.",
    ),
    ...agentFlags,
  },
  async run({ set, remove, ...flags }, _args, context) {
    if (set.length === 0 && remove.length === 0) throw new UsageMistake();

    using agent = await connectToAgent(flags, context);
    await attempt("Error setting tags", agent.updateTags(parseTagArguments(set), remove));
    context.terminal.print("Successfully updated agent tags");
  },
});
