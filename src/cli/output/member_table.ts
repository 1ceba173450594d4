/** Members as `members` prints them (cli.md section 7.9): as a table or as JSON. */

import { compareBytes, sortedEntries } from "../../go/byte_order.ts";
import { formatJson, type Json } from "../../go/json_writer.ts";
import { addressFromBytes, formatAddress } from "../../ports/address.ts";
import type { MemberRecord } from "../../rpc/commands.ts";
import { formatTable } from "./table.ts";

/** Returns one line for each member. */
export function formatMembers(members: readonly MemberRecord[], detailed: boolean): string {
  return formatTable(members.map((member) => memberRow(member, detailed))).trim();
}

/** Returns the fields of a member's line. */
export function memberRow(member: MemberRecord, detailed: boolean): string[] {
  const tags = sortedEntries(member.tags).map(([key, value]) => `${key}=${value}`).join(",");
  const row = [member.name, memberAddress(member), member.status, tags];
  if (!detailed) return row;
  return [
    ...row,
    `Protocol Version: ${member.delegateCur}`,
    `Available Protocol Range: [${member.delegateMin}, ${member.delegateMax}]`,
  ];
}

/** Returns the members as JSON. Parity: no member at all is `null`, byte for byte the reference's. */
export function formatMembersJson(members: readonly MemberRecord[]): string {
  const list = members.map(describeMember);
  return formatJson({ members: list.length === 0 ? undefined : list });
}

/** Returns a member for JSON. */
export function describeMember(member: MemberRecord): Json {
  return {
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
  };
}

/** Returns the members by name. */
export function sortMembers(members: readonly MemberRecord[]): readonly MemberRecord[] {
  return members.toSorted((a, b) => compareBytes(a.name, b.name));
}

function memberAddress({ addr, port }: MemberRecord): string {
  if (addr === undefined || addr.length === 0) return `:${port}`;
  return formatAddress(addressFromBytes(addr, port));
}
