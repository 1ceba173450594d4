/**
 * The `stream` command: events that pass a filter, to one client (rpc.md section 6.1).
 *
 * Events wait as they are and become records only when it is their turn. Many
 * slow streams then share one copy of an event, and a query gets its number
 * when it is delivered, not when it is dropped.
 */

import type { Sequence } from "../../rpc/codec.ts";
import { eventRecord } from "../../rpc/commands.ts";
import type { SerfEvent } from "../../serf/event.ts";
import type { ConnectedClient } from "./connected_client.ts";
import { type EventFilter, filterMatches, filterWantsQuery } from "../handlers/event_filter.ts";
import { eventPieces, toEventRecord } from "./event_record.ts";
import { type ClientView, Subscription } from "./subscription.ts";

/** How many events of a flood are written at once. */
export const eventWindow = 64;

type EventClient =
  & ClientView
  & Pick<ConnectedClient, "agent" | "queries" | "sendRecord" | "sendPieces">;

/** Streams the events that pass any of the filters. */
export function streamEvents(
  client: EventClient,
  sequence: Sequence,
  filters: readonly EventFilter[],
): Subscription<SerfEvent> {
  return new Subscription<SerfEvent>(client, {
    window: eventWindow,
    droppedName: "event",
    nameOf: () => "event",
    send(event) {
      const pieces = eventPieces(event);
      if (pieces) return client.sendPieces(sequence, pieces);
      return client.sendRecord(sequence, eventRecord, toEventRecord(event, client.queries));
    },
    follow: (push) =>
      client.agent.onEvent((event) => {
        // An event that matches two filters of one stream comes once.
        if (filters.some((filter) => filterMatches(filter, event))) push(event);
      }, (query) => filters.some((filter) => filterWantsQuery(filter, query))),
  });
}
