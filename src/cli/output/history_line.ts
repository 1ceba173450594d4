/** Records of the history as lines for people. */

import { formatAddress } from "../../ports/address.ts";
import { printableLine } from "../../ports/bounded_log.ts";

/** A record or a gap as the agent tells it. */
export interface ToldRecord {
  readonly cursor: string;
  readonly kind: string;
  readonly [detail: string]: unknown;
}

/** A line is cut behind this many characters: a payload may be long. */
const lineLimit = 2000;

/** Returns the line of a record or gap. */
export function historyLine(record: ToldRecord): string {
  if (record.kind === "gap") return `--- ${gapSentence(record)} ---`;
  return printableLine(`${record.time} ${record.kind}: ${describe(record)}`, lineLimit)
    .replaceAll("\n", "\\n");
}

function describe(record: ToldRecord): string {
  const { cursor: _cursor, time: _time, kind, ...details } = record;
  if (Array.isArray(record.members)) return record.members.map(describeMember).join(", ");
  if (kind !== "user" && kind !== "query") return JSON.stringify(details);
  const { name, payload, from } = details;
  const asker = from === undefined ? "" : ` from ${from}`;
  return typeof payload === "string"
    ? `${name}${asker} ${JSON.stringify(readPayload(payload))}`
    : `${name}${asker}`;
}

function describeMember({ name, addr, port }: Readonly<Record<string, unknown>>): string {
  return `${name} (${formatAddress({ host: String(addr), port: Number(port) })})`;
}

function readPayload(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64));
}

function gapSentence({ reason, from, to, lost }: ToldRecord): string {
  const count = lost === undefined ? "Records" : lost === 1 ? "1 record" : `${lost} records`;
  const missing = `${count} ${lost === 1 ? "is" : "are"} missing`;
  switch (reason) {
    case "not-running":
      return from === undefined
        ? `The agent did not run until ${to}`
        : `The agent did not run, some time from ${from} to ${to}`;
    case "trimmed":
      return `${missing}: the history was full, or they were too old`;
    case "damaged":
      return `${missing}: they could not be written or read`;
    case "unknown-epoch":
      return "Records may be missing: the agent does not know that cursor, so all that it kept follows";
    default:
      return `${missing}: ${reason}`;
  }
}
