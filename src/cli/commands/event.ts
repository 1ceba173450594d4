/** `serf event`: fires a user event (cli.md section 7.2). */

import { encodeText } from "../../bytes/text.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { defineCommand, UsageMistake } from "../command.ts";
import { switchFlag } from "../flags.ts";

export const event = defineCommand({
  name: "event",
  usage: "[options] name [payload]",
  example: "serf event deploy v42",
  about: [
    "Sends a custom event to every node of the cluster. Nodes run the handlers that they have for it.",
  ],
  flags: {
    coalesce: switchFlag(
      "coalesce=true",
      "Whether nodes may merge events of this name that come shortly after one another; " +
        "only the last of them is then seen.",
      { initial: true },
    ),
    ...agentFlags,
  },
  async run({ coalesce, ...flags }, args, context) {
    const [name, payload] = args;
    if (name === undefined) throw new UsageMistake("An event name must be specified.");
    if (args.length > 2) {
      throw new UsageMistake(
        "Too many command line arguments. Only a name and payload must be specified.",
      );
    }

    using agent = await connectToAgent(flags, context);
    // No payload and an empty one are two things, to handlers as on the wire.
    const bytes = payload === undefined ? undefined : encodeText(payload);
    await attempt("Error sending event", agent.userEvent(name, bytes, { coalesce }));
    context.terminal.print(`Event '${name}' dispatched! Coalescing enabled: ${coalesce}`);
  },
});
