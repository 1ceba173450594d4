/** Pairs of connections in memory, so that both ends of a protocol meet without a socket. */

import type { Connection } from "../../src/rpc/connection.ts";

/** One end of a pair. */
export class MemoryConnection implements Connection {
  /** How many bytes may wait at this end before the other's writes do. */
  capacity = Infinity;
  #peer: MemoryConnection | undefined;
  #incoming: Uint8Array[] = [];
  #ended = false;
  #closed = false;
  #changed = Promise.withResolvers<void>();

  /** Returns two ends, connected. */
  static pair(): [MemoryConnection, MemoryConnection] {
    const one = new MemoryConnection();
    const other = new MemoryConnection();
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  /** Whether this end was closed, by either side's doing. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether the other end will send no more. */
  get isEnded(): boolean {
    return this.#ended;
  }

  async read(target: Uint8Array): Promise<number | null> {
    while (true) {
      if (this.#closed) throw new Deno.errors.Interrupted("operation canceled");
      const first = this.#incoming.shift();
      if (first) {
        const length = Math.min(first.length, target.length);
        target.set(first.subarray(0, length));
        if (length < first.length) this.#incoming.unshift(first.subarray(length));
        this.#change();
        return length;
      }
      if (this.#ended) return null;
      await this.#changed.promise;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    const peer = this.#peer!;
    while (true) {
      if (this.#closed) throw new Deno.errors.Interrupted("operation canceled");
      if (peer.#closed) throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
      const room = peer.capacity - peer.#waiting;
      if (room > 0) {
        const taken = bytes.slice(0, room);
        peer.#incoming.push(taken);
        peer.#change();
        return taken.length;
      }
      await Promise.race([this.#changed.promise, peer.#changed.promise]);
    }
  }

  /** Ends this side's sending, as a half-close does. */
  closeWrite(): void {
    this.#peer!.#ended = true;
    this.#peer!.#change();
  }

  close(): void {
    if (this.#closed) throw new Deno.errors.BadResource("Bad resource ID");
    this.#closed = true;
    this.#change();
    this.closeWrite();
  }

  /** Takes what has arrived so far, without waiting. */
  takeAll(): Uint8Array {
    const chunks = this.#incoming;
    this.#incoming = [];
    this.#change();
    const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  get #waiting(): number {
    return this.#incoming.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  #change(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}

/** Lets every promise that can move on do so; no time passes. Long chains need more turns. */
export async function settle(turns = 200): Promise<void> {
  for (let i = 0; i < turns; i++) await Promise.resolve();
}
