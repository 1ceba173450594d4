/**
 * A client as its subscriptions see it: a place to send records, a name for log
 * lines, and the parts of the agent that they use.
 */

import type { Codec } from "../../bytes/msgpack_codec.ts";
import type { Clock } from "../../ports/clock.ts";
import { errorText } from "../../ports/error_text.ts";
import type { Log } from "../../ports/log.ts";
import type { Sequence } from "../../rpc/codec.ts";
import type { Encodable } from "../../rpc/frames.ts";
import type { AgentControl } from "../agent_control.ts";
import type { PendingQueries } from "./pending_queries.ts";

/** One client, as its subscriptions see it. */
export interface ClientView {
  readonly agent: AgentControl;
  readonly clock: Clock;
  readonly log: Log;
  /** The client's address, for log lines. */
  readonly peer: string;
  readonly queries: PendingQueries;
  /** Sends a record under the number of its stream; rejects if the connection fails. */
  sendRecord<T>(sequence: Sequence, codec: Codec<T>, record: T): Promise<void>;
  /** Sends a record that is too long to be encoded in one turn, piece by piece. */
  sendPieces(sequence: Sequence, pieces: Iterable<Encodable>): Promise<void>;
}

/** Something that runs until it is stopped. */
export interface Subscription {
  /**
   * Begins to send. Runs once the client has its answer, so that no record precedes
   * that. Does nothing after `stop`.
   */
  start(): void;
  /** Ends it. Idempotent. */
  stop(): void;
}

/** How many records of a stream wait for a client. */
export const recordLimit = 512;

/** Reports that `what` could not be sent, as tools expect to read it. */
export function logSendFailure(client: ClientView, what: string, error: unknown): void {
  const reason = errorText(error);
  client.log.error(`Failed to stream ${what} to ipc.client: ${client.peer}: ${reason}`);
}

/** Warns that `what` found no room, as tools expect to read it, with the number if that is news. */
export function logDrops(client: ClientView, what: string, dropped: number): void {
  const count = dropped === 1 ? "" : ` (${dropped} dropped)`;
  client.log.warn(`Dropping ${what} to ipc.client: ${client.peer}${count}`, { dropped });
}
