/** Events as clients of the RPC port see them (rpc.md section 6.1). */

import { itemsPerSlice, slicesOf } from "../../bytes/steps.ts";
import { type EventRecord, writeMemberEventHead } from "../../rpc/commands.ts";
import type { Encodable } from "../../rpc/frames.ts";
import type { MemberEvent, SerfEvent } from "../../serf/event.ts";
import { toMemberRecord, writeMemberRecords } from "./member_record.ts";
import type { PendingQueries } from "./pending_queries.ts";

/** Puts an event into the form in which it travels; a query gets a number. */
export function toEventRecord(event: SerfEvent, queries: PendingQueries): EventRecord {
  if ("members" in event) return { event: event.type, members: event.members.map(toMemberRecord) };
  const { ltime, name, payload } = event;
  return event.type === "user"
    ? { event: "user", ltime, name, payload, coalesce: event.coalesce }
    : { event: "query", id: queries.add(event), ltime, name, payload };
}

/** Returns the pieces of a record that is too long to be encoded in one turn, or `undefined`. */
export function eventPieces(event: SerfEvent): Iterable<Encodable> | undefined {
  const isLong = "members" in event && event.members.length > itemsPerSlice;
  return isLong ? memberEventPieces(event) : undefined;
}

function* memberEventPieces({ type, members }: MemberEvent): Generator<Encodable> {
  yield { write: (writer) => writeMemberEventHead(writer, type, members.length) };
  for (const slice of slicesOf(members)) {
    yield { write: (writer) => writeMemberRecords(writer, slice) };
  }
}
