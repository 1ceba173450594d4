/** `serf members`: lists the members of the cluster (cli.md section 7.9). */

import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { defineCommand } from "../command.ts";
import { listFlag, switchFlag, textFlag } from "../flags.ts";
import { listMembers } from "../matching_members.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";
import { formatMembers, formatMembersJson, sortMembers } from "../output/member_table.ts";
import { parseTagArguments } from "../tag_arguments.ts";

export const members = defineCommand({
  name: "members",
  example: "serf members -status=alive -tag role=web",
  about: [
    "Lists the members of the cluster as the agent knows them: name, address, status, tags. The " +
    "expressions of the options below are RE2 and must match the whole value.",
  ],
  flags: {
    detailed: switchFlag("detailed", "Add protocol versions; JSON always has them."),
    format: formatFlag,
    name: textFlag("name=<regexp>", "Only members whose name matches."),
    role: textFlag(
      "role=<regexp>",
      "Only members whose tag 'role' matches. Deprecated: use -tag role=<regexp>.",
    ),
    status: textFlag(
      "status=<regexp>",
      "Only members whose status matches: alive, leaving, left or failed.",
      { offers: ["alive", "leaving", "left", "failed"] },
    ),
    tag: listFlag(
      "tag <key>=<regexp>",
      "Only members whose tag of that name matches. May be given several times; all must " +
        "match.",
    ),
    watch: switchFlag(
      "watch",
      "Go on until interrupted: on a terminal the list is drawn again whenever it changes, " +
        "elsewhere each change is a line, with -format=json an object.",
    ),
    ...agentFlags,
  },
  async run({ detailed, format: formatName, role, watch, ...rest }, _args, context) {
    const { terminal } = context;
    const { name, status, tag, ...flags } = rest;
    const tags = parseTagArguments(tag);
    if (role !== "") {
      terminal.warn("Deprecation warning: 'Role' has been replaced with 'Tags'");
      tags.set("role", role);
    }

    const expressions = { name, status, tags };
    const format = requireOutputFormat(formatName);
    const show = async () => {
      using agent = await connectToAgent(flags, context);
      const list = () => attempt("Error retrieving members", listMembers(agent, expressions));
      if (watch) {
        const { watchMembers } = await import("./member_watch.ts");
        return await watchMembers(agent, list, { terminal, format, detailed });
      }
      const listed = sortMembers(await list());
      terminal.print(
        format === "json" ? formatMembersJson(listed) : formatMembers(listed, detailed),
      );
    };
    if (!watch) return await show();
    return await Promise.race([terminal.interrupted(), show()]);
  },
});
