/**
 * Serves one client of the RPC port from its first byte to its last: reads requests,
 * insists on handshake and token, and hands them to their commands
 * (rpc.md sections 1, 3, 4 and 9).
 *
 * Requests of one client run strictly one after another; while one runs, nothing
 * is read, so a client that asks faster than it is answered slows only itself.
 */

import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import type { Milliseconds, Timer } from "../../ports/clock.ts";
import type { Meter } from "../../ports/meter.ts";
import { isNothing, type Sequence } from "../../rpc/codec.ts";
import {
  type CommandName,
  isCommandName,
  type RequestHeader,
  requestHeader,
  rpcCommands,
} from "../../rpc/commands.ts";
import { ValueSplitter } from "../../rpc/frames.ts";
import { type ClientOptions, ConnectedClient } from "./connected_client.ts";
import { pause } from "../pause.ts";
import { prepare } from "./rpc_handlers.ts";
import { errorText } from "../../ports/error_text.ts";

/** The greatest length of a header or a body in bytes. */
export const requestLimit = 1024 * 1024;

/** The same for a client that has not shaken hands, or lacks the token: it has little to say. */
export const strangerRequestLimit = 64 * 1024;

/** After this many refusals for want of the token, the connection is closed. */
export const refusalLimit = 16;

/** How long a request may take to arrive once its first byte is there. */
export const arrivalLimit: Milliseconds = 30_000;

/** How long a client may take to shake hands and, where one is wanted, to show its token. */
export const introductionLimit: Milliseconds = 60_000;

/** How much of an unknown command's name gets into the log. */
const shownLength = 64;

const decodeFailure = "Failed to evaluate request: decode failed";

/** What a session is built with. */
export interface RpcSessionOptions extends ClientOptions {
  /** Told of each wrong token; returns how long its refusal is to wait. At once by default. */
  readonly onWrongToken?: () => Milliseconds;
  readonly meter: Meter;
}

/** One connected client. */
export class RpcSession {
  readonly #options: RpcSessionOptions;
  readonly client: ConnectedClient;
  readonly #splitter = new ValueSplitter(strangerRequestLimit);
  readonly #chunk = new Uint8Array(16 * 1024);
  /** Parity: fields that a header lacks keep the values of the header before. */
  #header: RequestHeader = requestHeader.zero();
  #arrival: Timer | undefined;
  #introduction: Timer | undefined;
  readonly #closing = new AbortController();
  #refusals = 0;

  constructor(options: RpcSessionOptions) {
    this.#options = options;
    this.client = new ConnectedClient(options, () => {
      this.#giveUp(`Client accepts no data, closing ipc.client: ${options.peer}`);
    });
  }

  /** Serves the client until it goes, or does what ends the connection; never rejects. */
  async run(): Promise<void> {
    this.#introduction = this.#options.clock.after(introductionLimit, () => {
      this.#giveUp(`Client does not introduce itself, closing ipc.client: ${this.client.peer}`);
    });
    try {
      while (await this.#serveRequest()) this.#welcome();
    } catch {
      // Reading or writing failed: the client is gone.
    } finally {
      this.close();
    }
  }

  /** Ends the connection and everything that runs for it. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#closing.abort();
    this.#disarm();
    this.#introduction?.cancel();
    this.client.stop();
    try {
      this.#options.connection.close();
    } catch {
      // It is closed already.
    }
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Reads a request, judges and serves it; false if the connection is to be closed. */
  async #serveRequest(): Promise<boolean> {
    if (!await this.#readHeader()) return false;
    const { client } = this;
    const { command, seq } = this.#header;
    this.#options.meter.count("agent.ipc.command", 1);

    if (command !== "handshake" && !client.hasShakenHands) {
      return await this.#refuse("Handshake required", "Handshake required");
    }
    const name = isCommandName(command) ? command : undefined;
    if (!client.isAuthenticated && command !== "auth" && command !== "handshake") {
      client.log.warn("Client sending commands before auth");
      await client.sendAnswer(seq, "Authentication required");
      if (!this.#mayTryAgain()) return false;
      return !name || await this.#readBody(name) !== undefined;
    }
    if (!name) {
      const shown = command.slice(0, shownLength).toWellFormed();
      return await this.#refuse("Unsupported command", `command '${shown}' not recognized`);
    }
    return await this.#carryOut(name, seq);
  }

  /** Reads a command's body, runs it and answers; false as above. */
  async #carryOut(name: CommandName, seq: Sequence): Promise<boolean> {
    const { client } = this;
    const body = await this.#readBody(name);
    const run = body && this.#decode(decodeFailure, () => prepare(name, body));
    if (!run || this.#isClosed) return false;
    const answer = await run(client, seq);
    if (name === "auth" && answer.error !== "") await this.#holdBack();
    try {
      await client.sendAnswer(seq, answer.error, answer.body);
    } finally {
      // Also if the client is gone: one that told the agent to leave need not wait.
      answer.after?.();
    }
    if (name === "auth" && !client.isAuthenticated && !this.#mayTryAgain()) return false;
    return !this.#isClosed;
  }

  /** Lets a client stay as long as it likes once it is known. */
  #welcome(): void {
    if (!this.client.isKnown) return;
    this.#introduction?.cancel();
    this.#splitter.limit = requestLimit;
  }

  /** Counts a refusal; false at the last one, so that nobody guesses tokens for ever. */
  #mayTryAgain(): boolean {
    if (++this.#refusals < refusalLimit) return true;
    this.client.log.warn(`Client lacks the token, closing ipc.client: ${this.client.peer}`);
    return false;
  }

  /** Delays the refusal of a wrong token. */
  async #holdBack(): Promise<void> {
    const delay = this.#options.onWrongToken?.() ?? 0;
    if (delay > 0) await pause(this.#options.clock, delay, this.#closing.signal);
  }

  /** Answers with an error after which the connection is closed. */
  async #refuse(error: string, reason: string): Promise<false> {
    this.client.log.error(`Failed to evaluate request: ${reason}`);
    await this.client.sendAnswer(this.#header.seq, error);
    return false;
  }

  /** Reads a header; false at the end of the stream, or if it cannot be read. */
  async #readHeader(): Promise<boolean> {
    const failure = "failed to decode request header";
    const value = await this.#readValue(failure);
    const header = value && this.#decode(failure, () => {
      return requestHeader.readInto(new MsgpackReader(value), { ...this.#header });
    });
    if (header) this.#header = header;
    return header !== undefined;
  }

  /** Reads a command's request, which is empty for those without. */
  async #readBody(name: CommandName): Promise<Uint8Array | undefined> {
    if (isNothing(rpcCommands[name].request)) return new Uint8Array();
    this.#arm();
    return await this.#readValue(decodeFailure);
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
      const length = await this.#options.connection.read(this.#chunk);
      if (length === null) return undefined;
      this.#splitter.push(this.#chunk.subarray(0, length));
    }
  }

  /** Runs a decoder; what cannot be decoded is logged, never shown, and yields `undefined`. */
  #decode<T>(failure: string, decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      this.client.log.error(`${failure}: ${errorText(error)}`);
      return undefined;
    }
  }

  #arm(): void {
    this.#arrival ??= this.#options.clock.after(arrivalLimit, () => {
      this.#giveUp(`Request of ipc.client: ${this.client.peer} is incomplete, closing`);
    });
  }

  #disarm(): void {
    this.#arrival?.cancel();
    this.#arrival = undefined;
  }

  #giveUp(reason: string): void {
    this.client.log.warn(reason);
    this.close();
  }
}
