/** `serf leave`: ends an agent gracefully (cli.md section 7.8). */

import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { defineCommand } from "../command.ts";

export const leave = defineCommand({
  name: "leave",
  example: "serf leave",
  about: ["Makes the agent leave its cluster, so that nobody takes it for failed, and then stop."],
  flags: agentFlags,
  async run(flags, _args, context) {
    using agent = await connectToAgent(flags, context);
    await attempt("Error leaving", agent.leave());
    context.terminal.print("Graceful leave complete");
  },
});
