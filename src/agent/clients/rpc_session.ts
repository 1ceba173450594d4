/**
 * One client of the RPC port, from its first byte to its last: reads requests,
 * insists on handshake and token, and hands them to their commands
 * (rpc.md sections 1, 3, 4 and 9).
 *
 * Requests of one client run strictly one after another; while one runs, nothing
 * is read, so a client that asks faster than it is answered slows only itself.
 */

import type { Codec } from "../../bytes/msgpack_codec.ts";
import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import { errorText } from "../../ports/error_text.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Sequence } from "../../rpc/codec.ts";
import { type RequestHeader, requestHeader, responseHeader } from "../../rpc/commands.ts";
import type { Connection } from "../../rpc/connection.ts";
import {
  type Encodable,
  encodable,
  encodeMessage,
  encodePieces,
  ValueSplitter,
} from "../../rpc/frames.ts";
import type { AgentControl } from "../agent_control.ts";
import type { Subscription } from "./client_view.ts";
import type { MemberListing } from "./member_listing.ts";
import { pause } from "../pause.ts";
import { PendingQueries } from "./pending_queries.ts";
import { type Answer, type ClientState, commandHandlers } from "./rpc_handlers.ts";
import { RpcOutbox } from "./rpc_outbox.ts";

/** The greatest length of a header or a body in bytes. */
export const requestLimit = 1024 * 1024;

/** The same for a client that has not shaken hands, or lacks the token: it has little to say. */
export const strangerRequestLimit = 64 * 1024;

/** A client that was refused so often for want of the token is not listened to any longer. */
export const refusalLimit = 16;

/** How long a request may take to arrive once its first byte is there. */
export const arrivalLimit: Milliseconds = 30_000;

/** How long a client may take to shake hands and, where one is wanted, to show its token. */
export const introductionLimit: Milliseconds = 60_000;

/** So much of an unknown command's name gets into the log. */
const shownLength = 64;

/** What a session is built with. */
export interface RpcSessionOptions {
  readonly connection: Connection;
  /** The client's address, for log lines. */
  readonly peer: string;
  readonly agent: AgentControl;
  /** Encodes the list of members for all clients. */
  readonly listing: MemberListing;
  /** Empty if clients need no token. */
  readonly authKey: string;
  /** Told of each wrong token; returns how long its refusal is to wait. At once by default. */
  readonly onWrongToken?: () => Milliseconds;
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** One connected client. */
export class RpcSession implements ClientState {
  readonly agent: AgentControl;
  readonly clock: Clock;
  readonly log: Log;
  readonly peer: string;
  readonly authKey: string;
  readonly listing: MemberListing;
  readonly queries: PendingQueries;
  readonly streams = new Map<Sequence, Subscription>();
  readonly runningQueries = new Set<Subscription>();
  monitor: ClientState["monitor"];
  hasShakenHands = false;
  isAuthenticated: boolean;

  readonly #connection: Connection;
  readonly #meter: Meter;
  readonly #outbox: RpcOutbox;
  readonly #writer = new MsgpackWriter("modern");
  readonly #splitter = new ValueSplitter(strangerRequestLimit);
  readonly #chunk = new Uint8Array(16 * 1024);
  /** Parity: fields that a header lacks keep the values of the header before. */
  #header: RequestHeader = requestHeader.zero();
  #arrival: Timer | undefined;
  #introduction: Timer | undefined;
  readonly #onWrongToken: () => Milliseconds;
  readonly #closing = new AbortController();
  #refusals = 0;

  constructor(options: RpcSessionOptions) {
    this.agent = options.agent;
    this.clock = options.clock;
    this.log = options.log;
    this.peer = options.peer;
    this.authKey = options.authKey;
    this.listing = options.listing;
    this.isAuthenticated = options.authKey === "";
    this.queries = new PendingQueries(options.clock);
    this.#connection = options.connection;
    this.#meter = options.meter;
    this.#onWrongToken = options.onWrongToken ?? (() => 0);
    this.#outbox = new RpcOutbox(options.connection, options.clock, () => this.#giveUp());
  }

  /** Serves the client until it goes, or does what ends the connection; never rejects. */
  async run(): Promise<void> {
    this.#introduction = this.clock.after(introductionLimit, () => {
      this.log.warn(`Client does not introduce itself, closing ipc.client: ${this.peer}`);
      this.close();
    });
    try {
      while (await this.#serveRequest()) this.#welcome();
    } catch {
      // Reading or writing failed: the client is gone, and so is who would care.
    } finally {
      this.close();
    }
  }

  /** Ends the connection and everything that runs for it. Harmless twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#closing.abort();
    this.#disarm();
    this.#introduction?.cancel();
    for (const subscription of this.streams.values()) subscription.stop();
    this.streams.clear();
    this.monitor?.subscription.stop();
    this.monitor = undefined;
    for (const subscription of [...this.runningQueries]) subscription.stop();
    this.queries.clear();
    this.#outbox.close();
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  sendRecord<T>(seq: Sequence, codec: Codec<T>, record: T): Promise<void> {
    return this.#send(encodable(responseHeader, { error: "", seq }), encodable(codec, record));
  }

  sendPieces(seq: Sequence, pieces: Iterable<Encodable>): Promise<void> {
    const header = encodable(responseHeader, { error: "", seq });
    return this.#outbox.sendPieces(encodePieces(this.#writer, header, pieces));
  }

  /** Reads a request and carries it out; false if the connection is to be closed. */
  async #serveRequest(): Promise<boolean> {
    if (!await this.#readHeader()) return false;
    const { command, seq } = this.#header;
    this.#meter.count("agent.ipc.command", 1);

    if (command !== "handshake" && !this.hasShakenHands) {
      return await this.#refuse("Handshake required", "Handshake required");
    }
    const handler = commandHandlers.get(command);
    if (this.#lacksToken(command)) {
      this.log.warn("Client sending commands before auth");
      await this.#answer(seq, { error: "Authentication required" });
      if (!this.#mayTryAgain()) return false;
      return handler?.hasRequest ? await this.#readBody() !== undefined : true;
    }
    if (!handler) {
      const shown = command.slice(0, shownLength).toWellFormed();
      return await this.#refuse("Unsupported command", `command '${shown}' not recognized`);
    }

    const body = handler.hasRequest ? await this.#readBody() : new Uint8Array();
    const run = body && this.#decode("Failed to evaluate request: decode failed", () => {
      return handler.prepare(this, seq, body);
    });
    if (!run || this.#isClosed) return false;
    const answer = await run();
    if (command === "auth" && answer.error !== "") await this.#holdBack();
    await this.#answer(seq, answer);
    if (command === "auth" && !this.isAuthenticated && !this.#mayTryAgain()) return false;
    return !this.#isClosed;
  }

  /** Whether the client may do what it likes. */
  get isKnown(): boolean {
    return this.hasShakenHands && this.isAuthenticated;
  }

  /** Lets a client stay as long as it likes once it is known. */
  #welcome(): void {
    if (!this.isKnown) return;
    this.#introduction?.cancel();
    this.#splitter.limit = requestLimit;
  }

  /** Counts a refusal; false if it was one too many, so that nobody guesses tokens for ever. */
  #mayTryAgain(): boolean {
    if (++this.#refusals < refusalLimit) return true;
    this.log.warn(`Client lacks the token, closing ipc.client: ${this.peer}`);
    return false;
  }

  /** Makes whoever shows a wrong token wait for the refusal. */
  async #holdBack(): Promise<void> {
    const delay = this.#onWrongToken();
    if (delay > 0) await pause(this.clock, delay, this.#closing.signal);
  }

  #lacksToken(command: string): boolean {
    return !this.isAuthenticated && command !== "auth" && command !== "handshake";
  }

  /** Answers with an error after which the connection is closed. */
  async #refuse(error: string, reason: string): Promise<false> {
    this.log.error(`Failed to evaluate request: ${reason}`);
    await this.#answer(this.#header.seq, { error });
    return false;
  }

  async #answer(seq: Sequence, answer: Answer): Promise<void> {
    const { error, body, after } = answer;
    const header = encodable(responseHeader, { error, seq });
    const sent = body ? this.#send(header, body) : this.#send(header);
    try {
      await sent;
    } finally {
      // Also if the client is gone: one that told the agent to leave need not wait.
      after?.();
    }
  }

  #send(...values: readonly Encodable[]): Promise<void> {
    return this.#outbox.send(encodeMessage(this.#writer, ...values));
  }

  /** Reads a header; false if there is none, or none that can be read. */
  async #readHeader(): Promise<boolean> {
    const failure = "failed to decode request header";
    const value = await this.#readValue(failure);
    const header = value && this.#decode(failure, () => {
      return requestHeader.readInto(new MsgpackReader(value), { ...this.#header });
    });
    if (!header) return false;
    this.#header = header;
    return true;
  }

  async #readBody(): Promise<Uint8Array | undefined> {
    this.#arm();
    return await this.#readValue("Failed to evaluate request: decode failed");
  }

  /** Reads a whole value, borrowed until the next; `undefined` at the end of the stream. */
  async #readValue(failure: string): Promise<Uint8Array | undefined> {
    while (true) {
      const value = this.#decode(failure, () => ({ taken: this.#splitter.take() }));
      if (!value) return undefined;
      if (value.taken) {
        this.#disarm();
        return value.taken;
      }
      if (this.#splitter.isPartial) this.#arm();
      const length = await this.#connection.read(this.#chunk);
      if (length === null) return undefined;
      this.#splitter.push(this.#chunk.subarray(0, length));
    }
  }

  /** Runs a decoder; what cannot be decoded is logged, never shown, and yields `undefined`. */
  #decode<T>(failure: string, decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      this.log.error(`${failure}: ${errorText(error)}`);
      return undefined;
    }
  }

  #arm(): void {
    this.#arrival ??= this.clock.after(arrivalLimit, () => {
      this.log.warn(`Request of ipc.client: ${this.peer} is incomplete, closing`);
      this.close();
    });
  }

  #disarm(): void {
    this.#arrival?.cancel();
    this.#arrival = undefined;
  }

  #giveUp(): void {
    this.log.warn(`Client accepts no data, closing ipc.client: ${this.peer}`);
    this.close();
  }
}
