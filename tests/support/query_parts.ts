/** The query part of a Serf node, with what it sends and hears written down. */

import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import type { Keyring } from "../../src/memberlist/keyring.ts";
import type { Member } from "../../src/memberlist/member.ts";
import { unknownVersions } from "../../src/memberlist/membership/versions.ts";
import { addressFromBytes } from "../../src/ports/address.ts";
import type { SerfSettings } from "../../src/serf/config.ts";
import type { QueryEvent } from "../../src/serf/event.ts";
import type { SerfMember } from "../../src/serf/member.ts";
import { InternalQueries } from "../../src/serf/queries/internal_queries.ts";
import { KeyGuard } from "../../src/serf/queries/key_guard.ts";
import { Queries, type QueriesParts, type QueryHandlers } from "../../src/serf/queries/queries.ts";
import {
  type QueryMessage,
  type QueryResponse,
  readResponse,
  writeQuery,
  writeResponse,
} from "../../src/serf/queries/query_messages.ts";
import { QueryRelay } from "../../src/serf/queries/query_relay.ts";
import { type SentMessage, TestNode } from "./test_node.ts";

/** What may differ from one test to the next. */
export interface QuerySettings extends Partial<SerfSettings> {
  /** The names of members that are alive; a query ends when all of them have answered. */
  readonly members?: readonly string[];
  /** Members that answers can be relayed over. */
  readonly relays?: readonly Member[];
  readonly mayAnswer?: (name: string) => boolean;
  /** The keys of the node; they are not managed without any. */
  readonly keyring?: Keyring;
}

/** The queries of one node at 10.0.0.1, without an own name in its book unless it is a member. */
export class QueriesUnderTest extends TestNode {
  readonly events: QueryEvent[] = [];
  readonly queries: Queries;

  constructor(
    { members = [], relays = [], mayAnswer = () => true, keyring, ...settings }: QuerySettings = {},
    internal?: QueriesParts["internalQueries"],
  ) {
    super(settings);
    const { config: { name, tags } } = this;
    const ip = Uint8Array.of(10, 0, 0, 1);
    const address = addressFromBytes(ip, 7946);
    const pictureOf = (name: string): SerfMember => (
      { name, ip, address, tags, status: "alive", versions: unknownVersions }
    );
    this.memberlist.peers = relays;
    const book = {
      self: pictureOf(name),
      size: relays.length + 1,
      members: () => members.map(pictureOf),
      member: () => undefined,
      isAlive: (member: string) =>
        members.includes(member) || relays.some(({ name }) => name === member),
    };
    const keyPorts = keyring ? { keyring } : {};
    this.queries = new Queries(this, {
      book,
      relay: new QueryRelay(this, book),
      internalQueries: internal ?? new InternalQueries(this, book, new KeyGuard(this), keyPorts),
      pipeline: { record() {}, enter: (event) => this.events.push(event as QueryEvent) },
      mayAnswer,
    });
  }

  /** What went straight to addresses. */
  get sent(): SentMessage[] {
    return this.memberlist.sent;
  }

  /** Lets a query arrive in a buffer that is overwritten afterwards. */
  receive(overrides: Partial<QueryMessage> = {}): boolean {
    const writer = new MsgpackWriter("raw");
    writeQuery(writer, queryMessage(overrides));
    const packet = writer.copy();
    const isNews = this.queries.receive(new MsgpackReader(packet, 1));
    packet.fill(0xdb);
    return isNews;
  }

  /** Lets an answer arrive, likewise. */
  receiveResponse(overrides: Partial<QueryResponse>): void {
    const writer = new MsgpackWriter("raw");
    writeResponse(writer, {
      ltime: 1,
      id: 0,
      from: "other",
      flags: 0,
      payload: undefined,
      ...overrides,
    });
    const packet = writer.copy();
    this.queries.receiveResponse(new MsgpackReader(packet, 1));
    packet.fill(0xdb);
  }

  /** The answers that went out since the last call. */
  takeResponses(): (QueryResponse & { readonly to: string })[] {
    return this.sent.splice(0).map(({ to, message }) => ({ ...decodeResponse(message), to }));
  }
}

/** A query of the member `asker` at 10.0.0.9, with some fields changed. */
export function queryMessage(overrides: Partial<QueryMessage> = {}): QueryMessage {
  return {
    ltime: 5,
    id: 77,
    ip: Uint8Array.of(10, 0, 0, 9),
    port: 7946,
    sourceNode: "asker",
    filters: [],
    flags: 0,
    relayFactor: 0,
    timeout: 3_000_000_000n,
    name: "load",
    payload: undefined,
    ...overrides,
  };
}

/** Reads a query response, type byte included. */
export function decodeResponse(message: Uint8Array): QueryResponse {
  const reader = new MsgpackReader(message);
  if (reader.takeByte() !== 5) throw new Error("no query response");
  return readResponse(reader);
}

/** Handlers that write down what comes back: `ack a`, `response a text`, `done`. */
export class RecordingHandlers implements QueryHandlers {
  readonly heard: string[] = [];

  onAck(from: string): void {
    this.heard.push(`ack ${from}`);
  }

  onResponse(from: string, payload: Uint8Array): void {
    this.heard.push(`response ${from} ${new TextDecoder().decode(payload)}`);
  }

  onDone(): void {
    this.heard.push("done");
  }
}
