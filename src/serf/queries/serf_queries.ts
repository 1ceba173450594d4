/** What a cluster is asked: queries, encryption keys, and who a contested name belongs to. */

import { failure, type Result } from "../../ports/result.ts";
import type { SerfEvents } from "../events/serf_events.ts";
import type { MemberBook } from "../members/member_book.ts";
import type { SerfNode } from "../node.ts";
import { InternalQueries, type KeyPorts } from "./internal_queries.ts";
import { KeyGuard } from "./key_guard.ts";
import { KeyManager } from "./key_manager.ts";
import { NameConflict } from "./name_conflict.ts";
import { type InternalQueryOptions, Queries, type QueryHandlers } from "./queries.ts";
import { QueryRelay } from "./query_relay.ts";
import type { RunningQuery } from "./running_query.ts";

/** What queries need of the world. */
export interface QueryPorts extends KeyPorts {
  /** Whether any application here might answer a query of a name; yes by default. */
  readonly mayAnswer?: (query: string) => boolean;
}

/** Members below this Serf protocol do not know queries. */
const firstProtocolWithQueries = 4;

/** The parts of a node that have to do with queries. */
export class SerfQueries {
  readonly #node: SerfNode;
  readonly queries: Queries;
  readonly relay: QueryRelay;
  readonly keyGuard: KeyGuard;
  readonly keys: KeyManager;
  readonly nameConflict: NameConflict;

  /** @param lostName runs if this node loses its name to another one. */
  constructor(
    node: SerfNode,
    book: MemberBook,
    { pipeline }: SerfEvents,
    ports: QueryPorts,
    lostName: (reason: string) => void,
  ) {
    const ask = this.ask.bind(this);
    this.#node = node;
    this.relay = new QueryRelay(node, book);
    this.keyGuard = new KeyGuard(node);
    this.queries = new Queries(node, {
      book,
      relay: this.relay,
      internalQueries: new InternalQueries(node, book, this.keyGuard, ports),
      pipeline,
      mayAnswer: ports.mayAnswer ?? (() => true),
    });
    this.keys = new KeyManager(node, ask);
    this.nameConflict = new NameConflict(node, book, ask, lostName);
  }

  stop(): void {
    this.queries.stop();
  }

  /** Asks every member; see `SerfCore.query`. */
  ask(
    name: string,
    payload: Uint8Array | undefined,
    options: InternalQueryOptions,
    handlers: QueryHandlers,
  ): Result<RunningQuery> {
    const { config, memberlist, state } = this.#node;
    if (state() === "shutdown") return failure("Serf was shut down");
    if (config.protocolVersion < firstProtocolWithQueries) return failure("Feature not supported");
    const asked = this.queries.ask(name, payload, options, handlers);
    memberlist.flushBroadcasts();
    return asked;
  }
}
