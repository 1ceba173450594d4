/**
 * What goes out to one client: whole messages, one after another.
 *
 * Answers and the records of several streams share a connection. A message is
 * never torn apart, and a client that accepts nothing for a minute is given up,
 * because it would hold its streams and requests for ever (rpc.md section 13).
 */

import type { Clock, Milliseconds } from "../ports/clock.ts";
import type { Connection } from "../rpc/connection.ts";

/** How long a client may accept nothing at all. */
export const stallLimit: Milliseconds = 60_000;

/** Writes messages to a connection in the order in which they are given. */
export class RpcOutbox {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #onStall: () => void;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;
  #hasFailed = false;

  /** `onStall` runs if the client accepts nothing; it should close the connection. */
  constructor(connection: Connection, clock: Clock, onStall: () => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.#onStall = onStall;
  }

  /** Resolves once `message` is written; rejects if it, or one before it, could not be. */
  send(message: Uint8Array): Promise<void> {
    const sent = this.#last.then(() => this.#write(message));
    // Each sender hears of a failure itself; the line behind it just moves on.
    this.#last = sent.catch(() => {});
    return sent;
  }

  async #write(message: Uint8Array): Promise<void> {
    if (this.#hasFailed) throw this.#failure;
    try {
      for (let at = 0; at < message.length;) at += await this.#writeSome(message.subarray(at));
    } catch (error) {
      // A message that is half written can only be followed by garbage.
      this.#hasFailed = true;
      this.#failure = error;
      throw error;
    }
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    const timer = this.#clock.after(stallLimit, this.#onStall);
    try {
      return await this.#connection.write(bytes);
    } finally {
      timer.cancel();
    }
  }
}
