/** Members as clients of the RPC port see them (rpc.md section 7). */

import type { MemberRecord } from "../rpc/commands.ts";
import type { SerfMember } from "../serf/member.ts";

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
