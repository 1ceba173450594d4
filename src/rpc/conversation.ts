/**
 * One connection to an agent as a conversation: numbered requests that overlap,
 * answers in order, and records of streams in between (rpc.md section 1).
 *
 * It knows how commands are carried, and nothing of what they mean.
 */

import type { Codec } from "../bytes/msgpack_codec.ts";
import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import type { Clock, Milliseconds } from "../ports/clock.ts";
import { type Call, CallQueue } from "./call_queue.ts";
import type { Sequence } from "./codec.ts";
import * as commands from "./commands.ts";
import type { CommandName } from "./commands.ts";
import type { Connection } from "./connection.ts";
import { type Encodable, encodable, encodeMessage, ValueSplitter } from "./frames.ts";
import { RecordStream } from "./record_stream.ts";
import { RpcError } from "./rpc_error.ts";

/** The greatest length of one value from an agent: some 400,000 members. */
const answerLimit = 64 * 1024 * 1024;

/** Errors that stand alone even if the command's answer has a body (rpc.md section 3). */
const bareErrors: ReadonlySet<string> = new Set([
  "Authentication required",
  "Handshake required",
  "Unsupported command",
]);

/** What to do with the records of one stream. */
interface RecordSink {
  deliver(record: Uint8Array): void;
  end(error: RpcError): void;
}

/** A streaming command as it is about to be asked. */
export interface Subscription<R> {
  readonly command: CommandName;
  readonly body: Encodable;
  readonly records: Codec<R>;
  /** Whether this record is the end of the stream, and not to be delivered. */
  readonly isLast?: (record: R) => boolean;
  /** Whether this record means nothing. */
  readonly isNoise?: (record: R) => boolean;
  /** Whether the agent can be told to stop. */
  readonly canStop: boolean;
}

/** What a conversation works with. */
export interface ConversationOptions {
  readonly clock: Clock;
  /** Limit for the peer to accept some bytes of a request. */
  readonly writeTimeout: Milliseconds;
  /** Limit for the answer to a subscription, or to its end. */
  readonly answerTimeout: Milliseconds;
  /** How many records of one stream wait for their consumer. */
  readonly recordLimit: number;
}

/** An answer: its error, empty for success, and its body where there is one. */
export interface Answer<T> {
  readonly error: string;
  readonly body: T | undefined;
}

/** Requests and answers over one connection, from its first byte to its end. */
export class Conversation {
  readonly #connection: Connection;
  readonly #options: ConversationOptions;
  readonly #writer = new MsgpackWriter("modern");
  readonly #calls: CallQueue;
  readonly #sinks = new Map<Sequence, RecordSink>();
  #lastSequence = 0;
  #writing: Promise<void> = Promise.resolve();
  #closed: RpcError | undefined;
  /** Takes the body that must come next; `undefined` while a header must. */
  #takeBody: ((body: Uint8Array) => void) | undefined;

  /** Begins to read; the conversation owns the connection from now on. */
  constructor(connection: Connection, options: ConversationOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#calls = new CallQueue(options.clock, (limit) => this.#giveUp(limit));
    void this.#readAnswers();
  }

  /** Whether the connection is gone. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Closes the connection; waiting calls and streams fail with `client closed`. Harmless twice. */
  close(): void {
    this.#end(new RpcError("closed", "client closed"));
  }

  /** Makes a request and waits for header and body; the body is missing after bare errors. */
  exchange<T>(
    command: CommandName,
    body: Encodable | undefined,
    codec: Codec<T> | undefined,
    limit: Milliseconds | undefined,
  ): Promise<Answer<T>> {
    return new Promise((resolve, reject) => {
      this.#call(command, body, {
        limit,
        hasBody: codec !== undefined,
        answer: (error, bytes) => {
          resolve({ error, body: bytes && codec?.read(new MsgpackReader(bytes)) });
        },
        fail: reject,
      });
    });
  }

  /** Asks for a stream; resolves once the agent has accepted, to its records as they come. */
  subscribe<R>(subscription: Subscription<R>): Promise<RecordStream<R>> {
    return new Promise((resolve, reject) => {
      const sequence = this.#call(subscription.command, subscription.body, {
        limit: this.#options.answerTimeout,
        hasBody: false,
        answer: (error) => {
          if (error === "") resolve(this.#openStream(sequence, subscription));
          else reject(new RpcError("refused", error));
        },
        fail: reject,
      });
    });
  }

  /** Runs while the answer is handled, because records may follow it at once. */
  #openStream<R>(sequence: Sequence, subscription: Subscription<R>): RecordStream<R> {
    const { records, isLast, isNoise, canStop } = subscription;
    const stream = new RecordStream<R>({
      limit: this.#options.recordLimit,
      stop: async () => {
        this.#sinks.delete(sequence);
        if (canStop && !this.#closed) await this.#stop(sequence);
      },
    });
    this.#sinks.set(sequence, {
      deliver: (bytes) => {
        const record = records.read(new MsgpackReader(bytes));
        if (isLast?.(record)) {
          this.#sinks.delete(sequence);
          stream.end();
        } else if (!isNoise?.(record)) {
          stream.deliver(record);
        }
      },
      end: (error) => stream.end(error),
    });
    return stream;
  }

  /** Tells the agent to send no more; a connection that breaks meanwhile has the same effect. */
  async #stop(sequence: Sequence): Promise<void> {
    const body = encodable(commands.stopRequest, { stop: sequence });
    try {
      const { error } = await this.exchange("stop", body, undefined, this.#options.answerTimeout);
      if (error !== "") throw new RpcError("refused", error);
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  /** Sends a request and returns its number. */
  #call(command: CommandName, body: Encodable | undefined, call: Call): Sequence {
    const seq = ++this.#lastSequence;
    if (this.#closed) {
      call.fail(new RpcError("closed", "client closed", this.#closed.cause));
      return seq;
    }
    const header = encodable(commands.requestHeader, { command, seq });
    const message = encodeMessage(this.#writer, header, ...body ? [body] : []);
    this.#calls.add(seq, call);
    this.#writing = this.#writing.then(() => this.#write(message));
    return seq;
  }

  /** Writes a message; never rejects. */
  async #write(message: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < message.length && !this.#closed;) {
        at += await this.#writeSome(message.subarray(at));
      }
    } catch (error) {
      this.#end(new RpcError("closed", "client closed", error));
    }
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    const timer = this.#options.clock.after(this.#options.writeTimeout, () => {
      const text = `agent accepted no data within ${this.#options.writeTimeout / 1000} s`;
      this.#end(new RpcError("timeout", text));
    });
    try {
      return await this.#connection.write(bytes);
    } finally {
      timer.cancel();
    }
  }

  /** Reads until the connection ends; never rejects. */
  async #readAnswers(): Promise<void> {
    const splitter = new ValueSplitter(answerLimit);
    const chunk = new Uint8Array(64 * 1024);
    try {
      while (!this.#closed) {
        const length = await this.#connection.read(chunk);
        if (length === null) break;
        splitter.push(chunk.subarray(0, length));
        for (let value = splitter.take(); value; value = splitter.take()) this.#receive(value);
      }
      this.close();
    } catch (error) {
      this.#end(new RpcError("closed", "client closed", error));
    }
  }

  #receive(value: Uint8Array): void {
    const takeBody = this.#takeBody;
    this.#takeBody = undefined;
    if (takeBody) takeBody(value);
    else this.#receiveHeader(value);
  }

  /**
   * Takes a header, or the body of a record whose stream has ended here already.
   *
   * No body has a field `Seq`, so as a header it has number 0, which nothing has.
   */
  #receiveHeader(value: Uint8Array): void {
    const { error, seq } = commands.responseHeader.read(new MsgpackReader(value));
    const call = this.#calls.get(seq);
    if (call && call.hasBody && !bareErrors.has(error)) {
      this.#takeBody = (body) => this.#finish(seq, call, error, body);
      return;
    }
    if (call) {
      this.#calls.remove(seq);
      return call.answer(error, undefined);
    }
    const sink = this.#sinks.get(seq);
    if (sink) this.#takeBody = (body) => sink.deliver(body);
  }

  /** Hands a body over; one that cannot be read ends the call, and then the connection. */
  #finish(sequence: Sequence, call: Call, error: string, body: Uint8Array): void {
    this.#calls.remove(sequence);
    try {
      call.answer(error, body);
    } catch (cause) {
      call.fail(new RpcError("closed", "client closed", cause));
      throw cause;
    }
  }

  #giveUp(limit: Milliseconds): void {
    this.#end(new RpcError("timeout", `agent did not answer within ${limit / 1000} s`));
  }

  /** Closes everything once; the oldest call hears the reason, the others that it is over. */
  #end(reason: RpcError): void {
    if (this.#closed) return;
    this.#closed = reason;
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
    const error = reason.kind === "closed" ? reason : new RpcError("closed", "client closed");
    this.#calls.failAll(error, reason);
    for (const sink of this.#sinks.values()) sink.end(error);
    this.#sinks.clear();
  }
}
