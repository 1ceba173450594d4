/**
 * One client of the RPC port: who it is, what runs for it, and the way back to it.
 *
 * A session reads its requests, commands and subscriptions write to it.
 */

import type { Codec } from "../../bytes/msgpack_codec.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { nothing, type Sequence } from "../../rpc/codec.ts";
import { responseHeader } from "../../rpc/commands.ts";
import type { Connection } from "../../rpc/connection.ts";
import { type Encodable, encodable, encodeMessage, encodePieces } from "../../rpc/frames.ts";
import { RpcOutbox } from "../../rpc/rpc_outbox.ts";
import type { AgentControl } from "../agent_control.ts";
import type { MemberListing } from "./member_listing.ts";
import { oneEachTurn } from "../next_turn.ts";
import { PendingQueries } from "./pending_queries.ts";

/** How long a client may accept nothing at all. */
export const stallLimit: Milliseconds = 60_000;

/** Who a client is, and what it may use. */
export interface ClientOptions {
  readonly connection: Connection;
  /** The client's address, for log lines. */
  readonly peer: string;
  readonly agent: AgentControl;
  /** Encodes the list of members for all clients. */
  readonly listing: MemberListing;
  /** Empty if clients need no token. */
  readonly authKey: string;
  readonly log: Log;
  readonly clock: Clock;
}

const noBody = encodable(nothing, undefined);

/** Something that runs until it is stopped. */
interface Running {
  stop(): void;
}

/** A connected client. */
export class ConnectedClient {
  readonly agent: AgentControl;
  readonly listing: MemberListing;
  readonly log: Log;
  readonly clock: Clock;
  readonly peer: string;
  readonly authKey: string;
  hasShakenHands = false;
  isAuthenticated: boolean;
  /** Queries that it was told of and may answer. */
  readonly queries: PendingQueries;
  readonly streams = new Map<Sequence, Running>();
  /** The one monitor and its number. */
  monitor: { readonly sequence: Sequence; readonly subscription: Running } | undefined;
  readonly runningQueries = new Set<Running>();
  /** The request that waits for the next record of the history. */
  pull: Running | undefined;
  readonly #outbox: RpcOutbox;
  readonly #writer = new MsgpackWriter("modern");

  /** `onStall` runs if the client accepts no data; it should close the connection. */
  constructor(options: ClientOptions, onStall: () => void) {
    this.agent = options.agent;
    this.listing = options.listing;
    this.log = options.log;
    this.clock = options.clock;
    this.peer = options.peer;
    this.authKey = options.authKey;
    this.isAuthenticated = options.authKey === "";
    this.queries = new PendingQueries(options.clock);
    this.#outbox = new RpcOutbox(options.connection, { clock: options.clock, stallLimit, onStall });
  }

  /** Whether the client has introduced itself. */
  get isKnown(): boolean {
    return this.hasShakenHands && this.isAuthenticated;
  }

  /** Sends an answer; an empty `error` is success. Rejects if the connection fails. */
  sendAnswer(seq: Sequence, error: string, body = noBody): Promise<void> {
    const header = encodable(responseHeader, { error, seq });
    return this.#outbox.send(encodeMessage(this.#writer, header, body));
  }

  /** Sends a record under the number of its stream; rejects if the connection fails. */
  sendRecord<T>(seq: Sequence, codec: Codec<T>, record: T): Promise<void> {
    return this.sendAnswer(seq, "", encodable(codec, record));
  }

  /** Does the same with a record that is too long to be encoded in one turn, piece by piece. */
  sendPieces(seq: Sequence, pieces: Iterable<Encodable>): Promise<void> {
    const header = encodable(responseHeader, { error: "", seq });
    return this.#outbox.sendPieces(oneEachTurn(encodePieces(this.#writer, header, pieces)));
  }

  /** Ends everything that runs for the client. */
  stop(): void {
    for (const subscription of this.streams.values()) subscription.stop();
    this.streams.clear();
    this.monitor?.subscription.stop();
    this.monitor = undefined;
    this.pull?.stop();
    for (const query of [...this.runningQueries]) query.stop();
    this.queries.clear();
    this.#outbox.close();
  }
}
