/** `serf members`: lists the members of the cluster (cli.md section 7.9). */

import { addressFromBytes, formatAddress } from "../../ports/address.ts";
import type { MemberRecord } from "../../rpc/commands.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { compareBytes, sortedEntries } from "../../go/byte_order.ts";
import { defineCommand } from "../command.ts";
import { listFlag, switchFlag, textFlag } from "../flags.ts";
import { formatJson, type Json } from "../../go/json_writer.ts";
import { listMembers } from "../matching_members.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";
import { formatTable } from "../output/table.ts";
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
  },
});

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
