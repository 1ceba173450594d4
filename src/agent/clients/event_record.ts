/** Events as clients of the RPC port see them (rpc.md section 6.1). */

import { itemsPerSlice, slicesOf } from "../../bytes/steps.ts";
import { type EventRecord, writeMemberEventHead } from "../../rpc/commands.ts";
import type { Encodable } from "../../rpc/frames.ts";
import type { MemberEvent, SerfEvent } from "../../serf/event.ts";
import { toMemberRecord, writeMemberRecords } from "./member_record.ts";
import type { PendingQueries } from "./pending_queries.ts";

/** Puts an event into the form in which it travels; a query gets a number. */
export function toEventRecord(event: SerfEvent, queries: PendingQueries): EventRecord {
  if (event.type === "user") {
    const { ltime, name, payload, coalesce } = event;
    return { event: "user", ltime, name, payload, coalesce };
  }
  if (event.type === "query") {
    const { ltime, name, payload } = event;
    return { event: "query", id: queries.add(event), ltime, name, payload };
  }
  return { event: event.type, members: event.members.map(toMemberRecord) };
}

/**
 * Returns the record of an event that is too long to be encoded in one turn, in pieces that
 * follow each other on the wire; `undefined` for any other event.
 */
export function eventPieces(event: SerfEvent): Iterable<Encodable> | undefined {
  if (event.type === "user" || event.type === "query") return undefined;
  return event.members.length > itemsPerSlice ? memberEventPieces(event) : undefined;
}

function* memberEventPieces({ type, members }: MemberEvent): Generator<Encodable> {
  yield { write: (writer) => writeMemberEventHead(writer, type, members.length) };
  for (const slice of slicesOf(members)) {
    yield { write: (writer) => writeMemberRecords(writer, slice) };
  }
}
