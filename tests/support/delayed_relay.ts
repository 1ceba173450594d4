/**
 * A long way to an agent, without privileges: a relay in front of it that holds
 * everything back for a while. The agent advertises the relay's address, so that
 * all others take the long way.
 */

import type { Milliseconds } from "../../src/ports/clock.ts";

/** Where a relay listens, and to whom it passes things on. */
export interface DelayedRelayOptions {
  readonly listen: string;
  readonly target: string;
  readonly port: number;
  /** How long each datagram, and each piece of a stream, is held back. */
  readonly delay: Milliseconds;
}

/** Relays datagrams and streams to one agent until it is disposed of. */
export class DelayedRelay implements AsyncDisposable {
  readonly #options: DelayedRelayOptions;
  readonly #socket: Deno.DatagramConn;
  readonly #listener: Deno.TcpListener;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #underway: Promise<unknown>[];
  #heldCount = 0;
  #heldTotal: Milliseconds = 0;

  constructor(options: DelayedRelayOptions) {
    const { listen: hostname, port } = options;
    this.#options = options;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port });
    this.#listener = Deno.listen({ hostname, port });
    this.#underway = [this.#relayPackets(), this.#relayStreams()];
  }

  /** How long things were really held back, on average: timers come late on a busy machine. */
  get meanDelay(): Milliseconds {
    return this.#heldCount === 0 ? this.#options.delay : this.#heldTotal / this.#heldCount;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#listener.close();
    for (const connection of this.#connections) closeQuietly(connection);
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#underway);
  }

  async #relayPackets(): Promise<void> {
    const { target: hostname, port } = this.#options;
    for await (const [packet] of this.#socket) {
      this.#later(() => {
        void this.#socket.send(packet, { transport: "udp", hostname, port }).catch(() => {});
      });
    }
  }

  async #relayStreams(): Promise<void> {
    const { target: hostname, port } = this.#options;
    for await (const near of this.#listener) {
      this.#connections.add(near);
      const far = await Deno.connect({ hostname, port }).catch(() => undefined);
      if (!far) {
        closeQuietly(near);
        continue;
      }
      this.#connections.add(far);
      this.#underway.push(this.#relayBytes(near, far), this.#relayBytes(far, near));
    }
  }

  async #relayBytes(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    try {
      for await (const bytes of from.readable) {
        await new Promise<void>((resolve) => this.#later(resolve));
        for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
      }
    } catch {
      // One of the two went away.
    } finally {
      closeQuietly(to);
    }
  }

  #later(action: () => void): void {
    const since = performance.now();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#heldCount++;
      this.#heldTotal += performance.now() - since;
      action();
    }, this.#options.delay);
    this.#timers.add(timer);
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
