/** `serf join`: makes the agent join a cluster (cli.md section 7.5). */

import { joinHint } from "../../agent/discovery/join_hint.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { defineCommand, UsageMistake } from "../command.ts";
import { switchFlag } from "../flags.ts";

/** The `join` command. */
export const join = defineCommand({
  name: "join",
  usage: "[options] address ...",
  example: "serf join 10.0.0.2 db.example.com:7946",
  about: [
    "Makes a running agent join a cluster through any of its members. One address that answers " +
    "is enough. An address without a port means the port that the agent itself is bound to.",
  ],
  flags: {
    replay: switchFlag({
      name: "replay",
      hint: "",
      about: "Take in the user events that the cluster had before.",
      initial: false,
    }),
    ...agentFlags,
  },
  async run({ replay, ...flags }, args, context) {
    if (args.length === 0) {
      throw new UsageMistake("At least one address to join must be specified.");
    }

    using agent = await connectToAgent(flags, context);
    const joined = agent.join(args, { replay });
    const count = await attempt("Error joining the cluster", joined, ({ message }) => {
      return joinHint(message);
    });
    context.terminal.print(`Successfully joined cluster by contacting ${count} nodes.`);
    return 0;
  },
});
