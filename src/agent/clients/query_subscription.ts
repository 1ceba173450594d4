/**
 * The answers to one `query` command, on their way to the client that asked
 * (rpc.md section 6.3).
 *
 * Exactly one `done` ends them, and it finds room even where answers did not.
 */

import { type QueryRecord, queryRecord } from "../../rpc/commands.ts";
import type { Sequence } from "../../rpc/codec.ts";
import type { QueryHandle, QueryListener, QueryParameters } from "../agent_control.ts";
import {
  type ClientView,
  logDrops,
  logSendFailure,
  recordLimit,
  type Subscription,
} from "./client_view.ts";
import { DropCounter } from "./drop_counter.ts";
import { RecordQueue } from "./record_queue.ts";

/** What log lines call the records. */
const spokenTypes: Readonly<Record<string, string>> = {
  ack: "ack",
  response: "response",
  done: "query end",
};

/** A query that a client has asked. */
export class QuerySubscription implements Subscription, QueryListener {
  readonly #queue: RecordQueue<QueryRecord>;
  readonly #drops: DropCounter;
  readonly #onEnd: () => void;
  #handle: QueryHandle | undefined;
  #isOver = false;

  /** `onEnd` runs once, when nothing more will be sent. */
  constructor(client: ClientView, sequence: Sequence, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#drops = new DropCounter(client.clock, (dropped) => {
      logDrops(client, "query answers", dropped);
    });
    this.#queue = new RecordQueue<QueryRecord>({
      // Every member may acknowledge and answer before the client reads.
      limit: Math.max(recordLimit, 2 * client.agent.members().length),
      send: async (record) => {
        await client.sendRecord(sequence, queryRecord, record);
        if (record.type === "done") this.stop();
      },
      onDrop: () => this.#drops.count(),
      onFailure: (record, error) => {
        logSendFailure(client, spokenTypes[record.type] ?? record.type, error);
        this.stop();
      },
    });
  }

  /**
   * Asks the cluster. Answers wait until `start`.
   *
   * @throws {Error} with the text for the client if the query is refused.
   */
  ask(client: ClientView, parameters: QueryParameters): void {
    this.#handle = client.agent.query(parameters, this);
  }

  start(): void {
    this.#queue.start();
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handle?.cancel();
    this.#queue.close();
    this.#drops.stop();
    this.#onEnd();
  }

  onAck(from: string): void {
    this.#queue.push({ type: "ack", from, payload: undefined });
  }

  onResponse(from: string, payload: Uint8Array): void {
    this.#queue.push({ type: "response", from, payload });
  }

  onDone(): void {
    this.#queue.push({ type: "done", from: "", payload: undefined }, true);
  }
}
