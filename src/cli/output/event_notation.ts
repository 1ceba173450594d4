/**
 * Events the way `monitor` shows them: one field a line, values in Go's debug
 * notation, fields sorted (cli.md section 7.10).
 *
 * Parity: the reference prints what its decoder made of the wire, so a number
 * above 127 is hexadecimal and the same bytes have two names, depending on depth.
 */

import type { EventRecord, MemberRecord } from "../../rpc/commands.ts";
import { sortedEntries } from "../../go/byte_order.ts";
import { quoteGo } from "../../go/quote.ts";

/** Returns an event, headed by `Event Info:`. */
export function formatEvent(event: EventRecord): string {
  const fields = eventFields(event).map(([name, value]) => `\n\t${name}: ${value}`);
  return `Event Info:${fields.join("")}`;
}

/** The fields in the order of their names. */
function eventFields(event: EventRecord): readonly (readonly [string, string])[] {
  if ("members" in event) {
    const members = event.members.map(formatMember).join(", ");
    return [["Event", quoteGo(event.event)], ["Members", `[]interface {}{${members}}`]];
  }
  const shared = [
    ["LTime", formatInteger(event.ltime)],
    ["Name", quoteGo(event.name)],
    ["Payload", event.payload ? formatBytes("[]byte", event.payload) : "<nil>"],
  ] as const;
  return event.event === "user"
    ? [["Coalesce", String(event.coalesce)], ["Event", quoteGo("user")], ...shared]
    : [["Event", quoteGo("query")], ["ID", formatInteger(event.id)], ...shared];
}

function formatMember(member: MemberRecord): string {
  const fields: ReadonlyMap<string, string> = new Map([
    ["Addr", member.addr ? formatBytes("[]uint8", member.addr) : "interface {}(nil)"],
    ["DelegateCur", formatInteger(member.delegateCur)],
    ["DelegateMax", formatInteger(member.delegateMax)],
    ["DelegateMin", formatInteger(member.delegateMin)],
    ["Name", quoteGo(member.name)],
    ["Port", formatInteger(member.port)],
    ["ProtocolCur", formatInteger(member.protocolCur)],
    ["ProtocolMax", formatInteger(member.protocolMax)],
    ["ProtocolMin", formatInteger(member.protocolMin)],
    ["Status", quoteGo(member.status)],
    ["Tags", formatMap(new Map([...member.tags].map(([key, value]) => [key, quoteGo(value)])))],
  ]);
  return formatMap(fields);
}

function formatMap(values: ReadonlyMap<string, string>): string {
  const entries = sortedEntries(values).map(([key, value]) => `${quoteGo(key)}:${value}`);
  return `map[interface {}]interface {}{${entries.join(", ")}}`;
}

function formatBytes(type: string, bytes: Uint8Array): string {
  return `${type}{${Array.from(bytes, formatHex).join(", ")}}`;
}

function formatInteger(value: number): string {
  return value < 128 ? String(value) : formatHex(value);
}

function formatHex(value: number): string {
  return `0x${value.toString(16)}`;
}
