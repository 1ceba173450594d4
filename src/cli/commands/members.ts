/** `serf members`: lists the members of the cluster (cli.md section 7.9). */

import { addressFromBytes, formatAddress } from "../../ports/address.ts";
import type { MemberExpressions } from "../../rpc/client.ts";
import type { MemberRecord } from "../../rpc/commands.ts";
import { RpcError } from "../../rpc/rpc_error.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { compareBytes, sortedEntries } from "../../go/byte_order.ts";
import { defineCommand } from "../command.ts";
import type { AgentConnection } from "../context.ts";
import { listFlag, switchFlag, textFlag } from "../flags.ts";
import { formatJson, type Json } from "../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";
import { formatTable } from "../output/table.ts";
import { parseTagArguments } from "../tag_arguments.ts";

/** The `members` command. */
export const members = defineCommand({
  name: "members",
  usage: "[options]",
  example: "serf members -status=alive -tag role=web",
  about: [
    "Lists the members of the cluster as the agent knows them: name, address, status, tags. The " +
    "expressions of the options below are RE2 and must match the whole value.",
  ],
  flags: {
    detailed: switchFlag({
      name: "detailed",
      hint: "",
      about: "Add protocol versions; JSON always has them.",
      initial: false,
    }),
    format: formatFlag,
    name: textFlag({
      name: "name",
      hint: "=<regexp>",
      about: "Only members whose name matches.",
      initial: "",
    }),
    role: textFlag({
      name: "role",
      hint: "=<regexp>",
      about: "Only members whose tag 'role' matches. Deprecated: use -tag role=<regexp>.",
      initial: "",
    }),
    status: textFlag({
      name: "status",
      hint: "=<regexp>",
      about: "Only members whose status matches: alive, leaving, left or failed.",
      offers: ["alive", "leaving", "left", "failed"],
      initial: "",
    }),
    tag: listFlag({
      name: "tag",
      hint: " <key>=<regexp>",
      about: "Only members whose tag of that name matches. May be given several times; all must " +
        "match.",
    }),
    ...agentFlags,
  },
  async run({ detailed, format: formatName, name, role, status, tag, ...flags }, _args, context) {
    const { terminal } = context;
    const tags = parseTagArguments(tag);
    if (role !== "") {
      terminal.warn("Deprecation warning: 'Role' has been replaced with 'Tags'");
      tags.set("role", role);
    }

    const format = requireOutputFormat(formatName);
    using agent = await connectToAgent(flags, context);
    const listed = await attempt(
      "Error retrieving members",
      listMembers(agent, { name, status, tags }),
    );
    const sorted = listed.toSorted((a, b) => compareBytes(a.name, b.name));
    terminal.print(format === "json" ? formatMembersJson(sorted) : formatMembers(sorted, detailed));
    return 0;
  },
});

/** Lists the members that match; what is wrong with an expression is told as the reason. */
async function listMembers(
  agent: AgentConnection,
  expressions: Required<MemberExpressions>,
): Promise<readonly MemberRecord[]> {
  try {
    return await agent.membersFiltered(expressions);
  } catch (error) {
    if (!(error instanceof RpcError) || error.kind !== "closed") throw error;
    // Parity: the reference hangs up on a bad expression, so that may be the reason.
    const { name, status, tags } = expressions;
    const { findBadExpression } = await import("../output/expressions.ts");
    const anchored = [name, status, ...tags.values()].map((expression) => `^${expression}$`);
    const problem = await findBadExpression(anchored);
    if (problem === undefined) throw error;
    throw new RpcError("refused", `Failed to compile regex: ${problem}`, error);
  }
}

/** Returns one line for each member. */
export function formatMembers(members: readonly MemberRecord[], detailed: boolean): string {
  const rows = members.map((member) => {
    const tags = sortedEntries(member.tags).map(([key, value]) => `${key}=${value}`).join(",");
    const row = [member.name, memberAddress(member), member.status, tags];
    if (detailed) {
      row.push(
        `Protocol Version: ${member.delegateCur}`,
        `Available Protocol Range: [${member.delegateMin}, ${member.delegateMax}]`,
      );
    }
    return row;
  });
  return formatTable(rows).trim();
}

/** Returns the members as JSON. Parity: no member at all is `null`, byte for byte the reference's. */
export function formatMembersJson(members: readonly MemberRecord[]): string {
  const list = members.map((member): Json => ({
    name: member.name,
    addr: memberAddress(member),
    port: member.port,
    tags: member.tags,
    status: member.status,
    protocol: new Map([
      ["max", member.delegateMax],
      ["min", member.delegateMin],
      ["version", member.delegateCur],
    ]),
  }));
  return formatJson({ members: list.length === 0 ? undefined : list });
}

function memberAddress({ addr, port }: MemberRecord): string {
  if (addr === undefined || addr.length === 0) return `:${port}`;
  return formatAddress(addressFromBytes(addr, port));
}
