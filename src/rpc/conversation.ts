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
import { isNothing, type Sequence } from "./codec.ts";
import {
  type CommandName,
  requestHeader,
  type RequestOf,
  responseHeader,
  type ResponseOf,
  rpcCommands,
} from "./commands.ts";
import type { Connection } from "./connection.ts";
import { encodable, encodeMessage, ValueSplitter } from "./frames.ts";
import { RecordStream } from "./record_stream.ts";
import { RpcError } from "./rpc_error.ts";
import { RpcOutbox } from "./rpc_outbox.ts";

/** The greatest length of one value from an agent: some 400,000 members. */
const answerLimit = 64 * 1024 * 1024;

/** Errors that stand alone even if the command's answer has a body (rpc.md section 3). */
const bareErrors: ReadonlySet<string> = new Set([
  "Authentication required",
  "Handshake required",
  "Unsupported command",
]);

/** Where the records of one stream go. */
interface RecordSink {
  deliver(record: Uint8Array): void;
  end(error: RpcError): void;
}

/** What a streaming command delivers. */
export interface Records<R> {
  readonly codec: Codec<R>;
  /** Whether this record is the end of the stream, and not to be delivered. */
  readonly isLast?: (record: R) => boolean;
  /** Whether this record means nothing. */
  readonly isNoise?: (record: R) => boolean;
  /** Whether the agent can be told to stop. */
  readonly canStop: boolean;
}

/** How patient a conversation is. */
export interface ConversationLimits {
  /** Limit for the peer to accept some bytes of a request; 10 s by default. */
  readonly writeTimeout?: Milliseconds;
  /**
   * Limit for answers that an agent gives by itself; 10 s by default.
   *
   * Commands that have to wait for the cluster have no limit.
   */
  readonly answerTimeout?: Milliseconds;
  /** How many records of one stream wait for their consumer; 4096 by default. */
  readonly recordLimit?: number;
}

const defaultTimeout: Milliseconds = 10_000;

/** Requests and answers over one connection, from its first byte to its end. */
export class Conversation {
  readonly #connection: Connection;
  readonly #answerTimeout: Milliseconds;
  readonly #recordLimit: number;
  readonly #writer = new MsgpackWriter("modern");
  readonly #outbox: RpcOutbox;
  readonly #calls: CallQueue;
  readonly #sinks = new Map<Sequence, RecordSink>();
  #lastSequence = 0;
  #closed: RpcError | undefined;
  /** Takes the body that must come next; `undefined` while a header must. */
  #takeBody: ((body: Uint8Array) => void) | undefined;

  /** Begins to read; the conversation owns the connection from now on. */
  constructor(connection: Connection, options: ConversationLimits & { readonly clock: Clock }) {
    const { clock, writeTimeout = defaultTimeout } = options;
    this.#connection = connection;
    this.#answerTimeout = options.answerTimeout ?? defaultTimeout;
    this.#recordLimit = options.recordLimit ?? 4096;
    const giveUp = (what: string, limit: Milliseconds) =>
      this.#end(new RpcError("timeout", `agent ${what} within ${limit / 1000} s`));
    this.#outbox = new RpcOutbox(connection, {
      clock,
      stallLimit: writeTimeout,
      onStall: () => giveUp("accepted no data", writeTimeout),
    });
    this.#calls = new CallQueue(clock, (limit) => giveUp("did not answer", limit));
    void this.#readAnswers();
  }

  /** Whether the connection is gone. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Closes the connection; waiting calls and streams fail with `client closed`. Idempotent. */
  close(): void {
    this.#end(new RpcError("closed", "client closed"));
  }

  /**
   * Makes a request and resolves to the body of its answer.
   *
   * @param refusal makes the error to reject with from the agent's; `body` is missing
   * after bare errors.
   */
  exchange<N extends CommandName>(
    name: N,
    request: RequestOf<N>,
    refusal: (error: string, body: ResponseOf<N> | undefined) => RpcError = refused,
  ): Promise<ResponseOf<N>> {
    const { response } = rpcCommands[name];
    return new Promise((resolve, reject) => {
      this.#call(name, request, {
        answer: (error, bytes) => {
          const body = bytes && response.read(new MsgpackReader(bytes));
          if (error !== "") reject(refusal(error, body));
          else resolve(body ?? response.zero());
        },
        fail: reject,
      });
    });
  }

  /** Asks for a stream; resolves once the agent has accepted, to its records as they come. */
  subscribe<N extends CommandName, R>(
    name: N,
    request: RequestOf<N>,
    records: Records<R>,
  ): Promise<RecordStream<R>> {
    return new Promise((resolve, reject) => {
      const sequence = this.#call(name, request, {
        answer: (error) => {
          if (error === "") resolve(this.#openStream(sequence, records));
          else reject(refused(error));
        },
        fail: reject,
      });
    });
  }

  /** Runs while the answer is handled, because records may follow it at once. */
  #openStream<R>(sequence: Sequence, records: Records<R>): RecordStream<R> {
    const { codec, isLast, isNoise, canStop } = records;
    const stream = new RecordStream<R>({
      limit: this.#recordLimit,
      stop: async () => {
        this.#sinks.delete(sequence);
        if (canStop && !this.#closed) await this.#stop(sequence);
      },
    });
    this.#sinks.set(sequence, {
      deliver: (bytes) => {
        const record = codec.read(new MsgpackReader(bytes));
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
    try {
      await this.exchange("stop", { stop: sequence });
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  /** Sends a request and returns its number. */
  #call<N extends CommandName>(
    name: N,
    request: RequestOf<N>,
    handlers: Pick<Call, "answer" | "fail">,
  ): Sequence {
    const seq = ++this.#lastSequence;
    if (this.#closed) {
      handlers.fail(new RpcError("closed", "client closed", this.#closed.cause));
      return seq;
    }
    const command = rpcCommands[name];
    const header = encodable(requestHeader, { command: name, seq });
    const message = encodeMessage(this.#writer, header, encodable(command.request, request));
    this.#calls.add(seq, {
      ...handlers,
      limit: command.isSlow ? undefined : this.#answerTimeout,
      hasBody: !isNothing(command.response),
    });
    this.#outbox.send(message).catch((error) => this.#break(error));
    return seq;
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
      this.#break(error);
    }
  }

  /**
   * Takes a body that is awaited, or else a header.
   *
   * What is taken for a header may be the body of a record whose stream has ended here
   * already. Bodies have no field `Seq`, so it reads as number 0, which no request has.
   */
  #receive(value: Uint8Array): void {
    const takeBody = this.#takeBody;
    this.#takeBody = undefined;
    if (takeBody) return takeBody(value);

    const { error, seq } = responseHeader.read(new MsgpackReader(value));
    const call = this.#calls.get(seq);
    if (call) {
      // A body that cannot be read ends the connection, and with it this call.
      const finish = (body?: Uint8Array) => {
        call.answer(error, body);
        this.#calls.remove(seq);
      };
      if (call.hasBody && !bareErrors.has(error)) this.#takeBody = finish;
      else finish();
      return;
    }
    const sink = this.#sinks.get(seq);
    if (sink) this.#takeBody = (body) => sink.deliver(body);
  }

  #break(cause: unknown): void {
    this.#end(new RpcError("closed", "client closed", cause));
  }

  /** Closes everything once; the oldest call gets the reason, the others that it is over. */
  #end(reason: RpcError): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#outbox.close();
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

function refused(error: string): RpcError {
  return new RpcError("refused", error);
}
