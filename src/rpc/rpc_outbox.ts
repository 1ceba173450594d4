/**
 * What goes out over one connection: whole messages, one after another.
 *
 * Requests, answers and the records of several streams share a connection. A message is
 * never torn apart, even if it is written piece by piece, and a peer that accepts nothing
 * for too long is given up, because it would hold what runs for it for ever (rpc.md
 * section 13).
 */

import { concatenate } from "../bytes/concatenate.ts";
import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Connection } from "./connection.ts";

/** Messages that wait are written together up to this many bytes: a write costs more than its bytes. */
const batchLimit = 64 * 1024;

interface Batch {
  readonly messages: Uint8Array[];
  length: number;
  readonly written: Promise<void>;
}

/** How to build an {@linkcode RpcOutbox}. */
export interface RpcOutboxOptions {
  readonly clock: Clock;
  /** How long the peer may accept nothing at all. */
  readonly stallLimit: Milliseconds;
  /** Runs if the peer exceeds that; it should close the connection. */
  readonly onStall: () => void;
}

/** Writes messages to a connection in the order in which they are given. */
export class RpcOutbox {
  readonly #connection: Connection;
  readonly #options: RpcOutboxOptions;
  /** What is to be written next, all of it at once. */
  #batch: Batch | undefined;
  #last: Promise<void> = Promise.resolve();
  #watch: Timer | undefined;
  #isClosed = false;
  /** When the write under way began. */
  #writingSince: Milliseconds | undefined;

  constructor(connection: Connection, options: RpcOutboxOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Resolves once `message` is written; rejects if it, or one before it, could not be. */
  send(message: Uint8Array): Promise<void> {
    if (this.#batch && this.#batch.length + message.length <= batchLimit) {
      this.#batch.messages.push(message);
      this.#batch.length += message.length;
      return this.#batch.written;
    }
    const messages = [message];
    const written = this.#follow(() => this.#writeBatch(messages));
    this.#batch = { messages, length: message.length, written };
    return written;
  }

  /** Does the same for a message in pieces, each asked for when those before it are written. */
  sendPieces(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    // What waits already goes out before it, and what is sent from now on behind it.
    this.#batch = undefined;
    return this.#follow(async () => {
      for await (const piece of pieces) await this.#write(piece);
    });
  }

  /** Watches no longer. To be called once the connection is closed. */
  close(): void {
    this.#isClosed = true;
    this.#watch?.cancel();
    this.#watch = undefined;
  }

  /**
   * Writes something once all before it is written. If that failed, this fails too:
   * a message that is half written can only be followed by garbage.
   */
  #follow(write: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(write);
    // Each sender gets the failure; nobody else need handle it.
    this.#last.catch(() => {});
    return this.#last;
  }

  async #writeBatch(messages: readonly Uint8Array[]): Promise<void> {
    // What is sent from now on waits for the next turn.
    if (this.#batch?.messages === messages) this.#batch = undefined;
    await this.#write(concatenate(messages));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#writeSome(bytes.subarray(at));
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    const { clock, stallLimit } = this.#options;
    this.#writingSince = clock.now();
    if (!this.#isClosed) this.#watch ??= this.#bookWatch(stallLimit);
    try {
      return await this.#connection.write(bytes);
    } finally {
      this.#writingSince = undefined;
    }
  }

  /** One timer watches all writes: most are over at once, and a timer costs as much as they do. */
  #bookWatch(delay: Milliseconds): Timer {
    const { clock, stallLimit, onStall } = this.#options;
    return clock.after(delay, () => {
      this.#watch = undefined;
      if (this.#writingSince === undefined) return;
      const left = this.#writingSince + stallLimit - clock.now();
      if (left <= 0) onStall();
      else this.#watch = this.#bookWatch(left);
    });
  }
}
