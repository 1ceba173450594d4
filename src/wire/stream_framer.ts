/**
 * Gathers the chunks of a stream until its one message is whole.
 *
 * Streams carry no length in front: where a message ends follows from what it
 * is. No key is needed for that, and nothing is decoded but the headers that
 * announce what follows. Memory is taken as bytes arrive, never on a promise.
 */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackScanner } from "../bytes/msgpack_scanner.ts";
import { readFullStateHeader } from "./full_state.ts";
import { maxStreamMessage, messageType } from "./message_type.ts";
import { encryptedFrameHeader, encryptedFrameLength } from "./stream_message.ts";
import { readUserMessageLength } from "./user_message.ts";
import { asWireError, WireError } from "./wire_error.ts";

interface StreamFramerOptions {
  /** Only a request may begin with a label. */
  readonly direction: "request" | "reply";
  /** Most bytes of the message as it travels; 20 MiB and some headers if not given. */
  readonly limit?: number;
}

/** Looks at what is there and returns what to do next; `undefined` if it needs more bytes. */
type Step = () => Step | undefined;

/** Finds the end of one message. A framer serves one direction of one connection. */
export class StreamFramer {
  readonly #limit: number;
  readonly #scanner = new MsgpackScanner();
  #bytes: Uint8Array = emptyBytes;
  #length = 0;
  /** Whether `#bytes` is the framer's own buffer, not the chunk it was given. */
  #isOwn = false;
  #step: Step;
  /** How far the message is known to reach: where the next step looks, in the end the whole. */
  #position = 0;

  constructor(options: StreamFramerOptions) {
    this.#limit = options.limit ?? maxStreamMessage;
    this.#step = options.direction === "request" ? this.#readLabel : this.#readType;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @returns the whole message, label included, once it is there; it is borrowed
   * from the chunk or the framer. `undefined` if more is needed. What follows
   * the message is ignored.
   * @throws {WireError} if this is no message or exceeds the limit.
   */
  push(chunk: Uint8Array): Uint8Array | undefined {
    this.#append(chunk);
    try {
      this.#advance();
    } catch (error) {
      throw asWireError(error);
    }
    if (this.#position > this.#limit || (!this.#isWhole && this.#length > this.#limit)) {
      throw new WireError("too-large", `Stream message is longer than ${this.#limit} bytes`);
    }
    if (this.#isWhole) return this.#bytes.subarray(0, this.#position);
    if (!this.#isOwn) this.#own(this.#length);
    return undefined;
  }

  /**
   * Says that the stream has ended.
   *
   * @throws {WireError} unless the message was whole: `empty` if nothing came at all.
   */
  finish(): void {
    if (this.#length === 0) throw new WireError("empty", "Stream ended without a message");
    if (!this.#isWhole) throw new WireError("truncated", "Stream ended within a message");
  }

  /** What came so far; it is borrowed until the next call. */
  get start(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  get #isWhole(): boolean {
    return this.#step === this.#rest;
  }

  #advance(): void {
    while (!this.#isWhole) {
      const next = this.#step();
      if (!next) return;
      this.#step = next;
    }
  }

  readonly #rest: Step = () => undefined;

  readonly #readLabel: Step = () => {
    if (this.#length < 1) return undefined;
    if (this.#bytes[0] !== messageType.label) return this.#readType;
    if (this.#length < 2) return undefined;
    this.#position = 2 + this.#bytes[1]!;
    return this.#readType;
  };

  readonly #readType: Step = () => {
    if (this.#position >= this.#length) return undefined;
    const body = this.#position + 1;
    const type = this.#bytes[this.#position]!;
    switch (type) {
      case messageType.encrypt:
        return this.#readFrameLength;
      case messageType.ping:
      case messageType.ack:
      case messageType.error:
      case messageType.compress:
        return this.#passValues(body, 1, () => this.#rest);
      case messageType.user:
        return this.#passValues(body, 1, () => {
          return this.#passBytes(readUserMessageLength(this.#reader(body)));
        });
      case messageType.pushPull:
        return this.#passValues(body, 1, () => {
          const { nodeCount, userStateLength } = readFullStateHeader(this.#reader(body));
          const nodes = this.#position;
          return this.#passValues(nodes, nodeCount, () => this.#passBytes(userStateLength));
        });
      default:
        throw new WireError("unknown-type", `Stream message has unexpected type ${type}`);
    }
  };

  readonly #readFrameLength: Step = () => {
    const end = this.#position + encryptedFrameHeader;
    if (end > this.#length) return undefined;
    const length = encryptedFrameLength(this.#bytes.subarray(this.#position, end));
    return this.#passBytes(encryptedFrameHeader + length);
  };

  /** Passes over `count` MessagePack values from `start` on. */
  #passValues(start: number, count: number, next: Step): Step {
    this.#scanner.start(start, count);
    return () => {
      const isComplete = this.#scanner.scan(this.#bytes, this.#length);
      this.#position = this.#scanner.position;
      return isComplete ? next : undefined;
    };
  }

  /** Passes over `count` bytes, with which the message ends. */
  #passBytes(count: number): Step {
    this.#position += count;
    return () => this.#position <= this.#length ? this.#rest : undefined;
  }

  #reader(start: number): MsgpackReader {
    return new MsgpackReader(this.#bytes, start, this.#length);
  }

  #append(chunk: Uint8Array): void {
    if (this.#length === 0) {
      this.#bytes = chunk;
      this.#isOwn = false;
    } else {
      const needed = this.#length + chunk.length;
      if (needed > this.#bytes.length) this.#own(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.set(chunk, this.#length);
    }
    this.#length += chunk.length;
  }

  #own(capacity: number): void {
    const buffer = new Uint8Array(capacity);
    buffer.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = buffer;
    this.#isOwn = true;
  }
}
