/** Members as clients of the RPC port see them (rpc.md section 7). */

import type { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { type MemberRecord, memberRecord } from "../../rpc/commands.ts";
import type { SerfMember } from "../../serf/member.ts";

/** Puts a member into the form in which it travels. */
export function toMemberRecord(member: SerfMember): MemberRecord {
  return {
    name: member.name,
    addr: member.ip,
    port: member.address.port,
    tags: new Map(Object.entries(member.tags)),
    status: member.status,
    ...versionsOf(member),
  };
}

/** Writes the records of members one after another. */
export function writeMemberRecords(writer: MsgpackWriter, members: readonly SerfMember[]): void {
  for (const member of members) memberRecord.write(writer, toMemberRecord(member));
}

function versionsOf({ versions }: SerfMember) {
  return {
    protocolMin: versions.protocolMin,
    protocolMax: versions.protocolMax,
    protocolCur: versions.protocolCurrent,
    delegateMin: versions.delegateMin,
    delegateMax: versions.delegateMax,
    delegateCur: versions.delegateCurrent,
  };
}
