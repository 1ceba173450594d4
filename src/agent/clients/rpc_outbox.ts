/**
 * What goes out to one client: whole messages, one after another.
 *
 * Answers and the records of several streams share a connection. A message is never
 * torn apart, even if it is written piece by piece, and a client that accepts nothing for
 * a minute is given up, because it would hold its streams and requests for ever (rpc.md
 * section 13).
 */

import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { Connection } from "../../rpc/connection.ts";
import { oneEachTurn } from "../next_turn.ts";

/** How long a client may accept nothing at all. */
export const stallLimit: Milliseconds = 60_000;

/** Messages that wait are written together up to this many bytes: a write costs more than its bytes. */
const batchLimit = 64 * 1024;

interface Batch {
  readonly messages: Uint8Array[];
  length: number;
  readonly written: Promise<void>;
}

/** Writes messages to a connection in the order in which they are given. */
export class RpcOutbox {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #onStall: () => void;
  /** What is to be written next, all of it at once. */
  #batch: Batch | undefined;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;
  #watch: Timer | undefined;
  #isClosed = false;
  /** When the write under way began; `undefined` if there is none. */
  #writingSince: Milliseconds | undefined;
  #hasFailed = false;

  /** `onStall` runs if the client accepts nothing; it should close the connection. */
  constructor(connection: Connection, clock: Clock, onStall: () => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.#onStall = onStall;
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

  /**
   * Does the same for a message that is too long to be encoded at once: each piece is
   * asked for, in a turn of its own, when those before it are written.
   */
  sendPieces(pieces: Iterable<Uint8Array>): Promise<void> {
    // What waits already goes out before it, and what is sent from now on behind it.
    this.#batch = undefined;
    return this.#follow(async () => {
      for await (const piece of oneEachTurn(pieces)) await this.#write(piece);
    });
  }

  /** Watches no longer. To be called once the connection is closed. */
  close(): void {
    this.#isClosed = true;
    this.#watch?.cancel();
    this.#watch = undefined;
  }

  /** Writes something once all before it is written. */
  #follow(write: () => Promise<void>): Promise<void> {
    const written = this.#last.then(async () => {
      if (this.#hasFailed) throw this.#failure;
      try {
        await write();
      } catch (error) {
        // A message that is half written can only be followed by garbage.
        this.#hasFailed = true;
        this.#failure = error;
        throw error;
      }
    });
    // Each sender hears of a failure itself; the line behind it just moves on.
    this.#last = written.catch(() => {});
    return written;
  }

  async #writeBatch(messages: readonly Uint8Array[]): Promise<void> {
    // What is sent from now on waits for the next turn.
    if (this.#batch?.messages === messages) this.#batch = undefined;
    await this.#write(messages.length === 1 ? messages[0]! : concatenate(messages));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#writeSome(bytes.subarray(at));
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    this.#writingSince = this.#clock.now();
    if (!this.#isClosed) this.#watch ??= this.#bookWatch(stallLimit);
    try {
      return await this.#connection.write(bytes);
    } finally {
      this.#writingSince = undefined;
    }
  }

  /** One timer watches all writes: most are over at once, and a timer costs as much as they do. */
  #bookWatch(delay: Milliseconds): Timer {
    return this.#clock.after(delay, () => {
      this.#watch = undefined;
      if (this.#writingSince === undefined) return;
      const left = this.#writingSince + stallLimit - this.#clock.now();
      if (left <= 0) this.#onStall();
      else this.#watch = this.#bookWatch(left);
    });
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
