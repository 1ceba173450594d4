/**
 * The `stream` command: events that pass a filter, to one client (rpc.md section 6.1).
 *
 * Events wait as they are and become records only when it is their turn. Many
 * slow streams then share one copy of an event, and a query gets its number
 * when it is delivered, not when it is dropped.
 */

import { eventRecord } from "../../rpc/commands.ts";
import type { Sequence } from "../../rpc/codec.ts";
import type { SerfEvent } from "../../serf/event.ts";
import type { Unsubscribe } from "../agent_control.ts";
import {
  type ClientView,
  logDrops,
  logSendFailure,
  recordLimit,
  type Subscription,
} from "./client_view.ts";
import { DropCounter } from "./drop_counter.ts";
import { type EventFilter, filterMatches, filterWantsQuery } from "../handlers/event_filter.ts";
import { eventPieces, toEventRecord } from "./event_record.ts";
import { RecordQueue } from "./record_queue.ts";

/** So many events of a flood are written at once. */
export const eventWindow = 64;

/** A client's stream of events. */
export class EventSubscription implements Subscription {
  readonly #client: ClientView;
  readonly #filters: readonly EventFilter[];
  readonly #queue: RecordQueue<SerfEvent>;
  readonly #drops: DropCounter;
  #unsubscribe: Unsubscribe | undefined;
  #isStopped = false;

  constructor(client: ClientView, sequence: Sequence, filters: readonly EventFilter[]) {
    this.#client = client;
    this.#filters = filters;
    this.#drops = new DropCounter(client.clock, (dropped) => {
      logDrops(client, "event", dropped);
    });
    this.#queue = new RecordQueue<SerfEvent>({
      limit: recordLimit,
      window: eventWindow,
      send: (event) => {
        const pieces = eventPieces(event);
        if (pieces) return client.sendPieces(sequence, pieces);
        const record = toEventRecord(event, client.queries);
        return client.sendRecord(sequence, eventRecord, record);
      },
      onDrop: () => this.#drops.count(),
      onFailure: (_event, error) => {
        logSendFailure(client, "event", error);
        this.stop();
      },
    });
  }

  start(): void {
    if (this.#isStopped) return;
    this.#queue.start();
    this.#unsubscribe = this.#client.agent.onEvent((event) => {
      // An event that matches two filters of one stream comes once.
      if (this.#filters.some((filter) => filterMatches(filter, event))) this.#queue.push(event);
    }, (query) => this.#filters.some((filter) => filterWantsQuery(filter, query)));
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#queue.close();
    this.#drops.stop();
  }
}
