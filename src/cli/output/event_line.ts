/**
 * Events and log entries as one JSON object a line, for programs that follow an
 * agent. Payloads are base64, because they may be any bytes.
 */

import { addressFromBytes } from "../../ports/address.ts";
import type { EventRecord, MemberRecord } from "../../rpc/commands.ts";

/** Returns an event as a line. The agent sends no time, so it is when the event arrived here. */
export function eventLine(event: EventRecord, time: Date): string {
  const described = "members" in event ? memberEvent(event) : namedEvent(event);
  return JSON.stringify({ event: { time: time.toISOString(), ...described } });
}

const entry = /^(\d+)\/(\d\d)\/(\d\d) ([\d:]{8}) \[(\w+)\] (?:([\w.-]+): )?([^]*)$/;

/** Returns a log entry as a line. Its time has no zone: it is the local time of the agent. */
export function logLine(text: string): string {
  const [, year, month, day, clock, level, component, message = text] = entry.exec(text) ?? [];
  const time = year && `${year}-${month}-${day}T${clock}`;
  return JSON.stringify({ log: { time, level, component, message } });
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
