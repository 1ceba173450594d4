/**
 * Events as one JSON object a line, for programs that follow an agent. Payloads
 * are base64, because they may be any bytes.
 */

import { addressFromBytes } from "../ports/address.ts";
import type { EventRecord, MemberRecord } from "../rpc/commands.ts";

/** Returns an event as a line. */
export function eventLine(event: EventRecord): string {
  return JSON.stringify({ event: "members" in event ? memberEvent(event) : namedEvent(event) });
}

function memberEvent({ event, members }: Extract<EventRecord, { members: unknown }>) {
  return { type: event, members: members.map(describeMember) };
}

function namedEvent(event: Exclude<EventRecord, { members: unknown }>) {
  const { name, ltime, payload } = event;
  const shared = { type: event.event, name, ltime, payload: payload?.toBase64() };
  return event.event === "user"
    ? { ...shared, coalesce: event.coalesce }
    : { ...shared, id: event.id };
}

function describeMember({ name, addr, port, tags, status }: MemberRecord) {
  const host = addr && addr.length > 0 ? addressFromBytes(addr, port).host : undefined;
  return { name, addr: host, port, tags: Object.fromEntries(tags), status };
}
