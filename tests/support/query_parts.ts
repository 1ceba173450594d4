/** The query part of a Serf node, with what it sends and hears written down. */

import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import type { Member } from "../../src/memberlist/member.ts";
import type { Asker } from "../../src/memberlist/packets/asker.ts";
import { type Address, addressFromBytes, formatAddress } from "../../src/ports/address.ts";
import type { QueryEvent } from "../../src/serf/event.ts";
import { unknownVersions } from "../../src/memberlist/membership/versions.ts";
import { LamportClock } from "../../src/serf/lamport_clock.ts";
import type { Tags } from "../../src/serf/member.ts";
import {
  Queries,
  type QueriesOptions,
  type QueryHandlers,
} from "../../src/serf/queries/queries.ts";
import {
  type QueryMessage,
  type QueryResponse,
  readResponse,
  writeQuery,
  writeResponse,
} from "../../src/serf/queries/query_messages.ts";
import { QueryRelay } from "../../src/serf/queries/query_relay.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { RecordingLog, RecordingMeter } from "./recorders.ts";

/** One message that went straight to an address. */
export interface SentMessage {
  /** As `host:port`. */
  readonly to: string;
  readonly message: Uint8Array;
}

/** What may differ from one test to the next. */
export interface QuerySettings {
  readonly buffer?: number;
  readonly querySizeLimit?: number;
  /** The names of members that are alive; a query ends when all of them have answered. */
  readonly members?: readonly string[];
  readonly responseSizeLimit?: number;
  readonly aliveCount?: number;
  readonly tags?: Tags;
  /** Members that answers can be relayed over. */
  readonly relays?: readonly Member[];
  readonly mayAnswer?: (name: string) => boolean;
  readonly answerInternally?: QueriesOptions["answerInternally"];
  /** The own name; `self` by default. */
  readonly name?: string;
}

/** What members have in common. */
const alive = {
  ip: Uint8Array.of(10, 0, 0, 1),
  address: { host: "10.0.0.1", port: 7946 },
  tags: {},
  status: "alive" as const,
  versions: unknownVersions,
};

/** The queries of one node at 10.0.0.1. */
export class QueriesUnderTest {
  readonly clock = new SimClock(1000);
  readonly log = new RecordingLog();
  readonly meter = new RecordingMeter();
  readonly queryClock = new LamportClock();
  readonly events: QueryEvent[] = [];
  readonly broadcasts: Uint8Array[] = [];
  readonly sent: SentMessage[] = [];
  readonly queries: Queries;

  constructor(settings: QuerySettings = {}) {
    const { buffer = 512, querySizeLimit = 1024, responseSizeLimit = 1024 } = settings;
    const { aliveCount = 3, tags = {}, relays = [], answerInternally = () => false } = settings;
    const { mayAnswer = () => true } = settings;
    const { name = "self", members = [] } = settings;
    const { clock, log, meter, queryClock } = this;
    const ip = Uint8Array.of(10, 0, 0, 1);
    const send = (to: Address, message: Uint8Array) => {
      this.sent.push({ to: formatAddress(to), message: message.slice() });
    };
    const answer = ({ address }: Asker, message: Uint8Array) => send(address, message);
    queryClock.increment();
    this.queries = new Queries({
      sendUnderEveryKey: (to, message) => send(to, Uint8Array.of(0, ...message)),
      clock,
      random: new SimRandom(1),
      log,
      meter,
      queryClock,
      buffer,
      querySizeLimit,
      responseSizeLimit,
      defaultTimeout: () => 3200,
      aliveCount: () => aliveCount,
      members: () => members.map((member) => ({ name: member, ...alive })),
      isAlive: (member) => members.includes(member),
      grace: 50,
      self: () => ({ name, tags, ip, address: addressFromBytes(ip, 7946) }),
      relay: new QueryRelay({
        log,
        self: name,
        sizeLimit: responseSizeLimit,
        memberCount: () => relays.length + 1,
        pick: (count, accept) => relays.filter(accept).slice(0, count),
        isAlive: () => true,
        send,
        answer,
      }),
      mayAnswer,
      answerInternally,
      emit: (event) => this.events.push(event),
      broadcast: (message) => this.broadcasts.push(message),
      answer,
    });
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
