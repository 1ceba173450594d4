/** `serf force-leave`: gives up on a failed member (cli.md section 7.3). */

import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { defineCommand, UsageMistake } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { visible } from "../output/table.ts";

/** The `force-leave` command. */
export const forceLeave = defineCommand({
  name: "force-leave",
  usage: "[options] name",
  example: "serf force-leave web-3",
  words: "nodes",
  about: [
    'Moves a failed member of the cluster to the "left" state, so that nobody tries to reach it ' +
    "any more. This is for nodes that will never come back; without it they are tried again " +
    "until they are finally forgotten. A member that is alive after all says so and stays.",
  ],
  flags: {
    prune: switchFlag({
      name: "prune",
      hint: "",
      about: "Forget the member at once, instead of listing it as left for a while.",
      initial: false,
    }),
    ...agentFlags,
  },
  async run({ prune, ...flags }, args, context) {
    const [node] = args;
    if (node === undefined || args.length !== 1) {
      throw new UsageMistake("A node name must be specified to force leave.");
    }

    using agent = await connectToAgent(flags, context);
    // Asked for first, as a pruned member is not listed any more. Whether the
    // members are known changes nothing but the notes below.
    const known = agent.members().catch(() => undefined);
    await attempt("Error force leaving", agent.forceLeave(node, { prune }));

    const members = await known;
    const status = members?.find(({ name }) => name === node)?.status;
    if (members && status === undefined) {
      context.terminal.warn(`Note: no member is named '${visible(node)}'`);
    }
    if (status === "alive") {
      context.terminal.warn(
        `Note: '${visible(node)}' is alive, says so and stays; ` +
          "only a member that failed can be made to leave",
      );
    }
    return 0;
  },
});
