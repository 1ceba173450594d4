/**
 * The datagram socket: everything a node sends or hears in packets goes through
 * this one, so that the source port others see is the port they can answer to.
 *
 * One buffer receives all packets, because the runtime is three times faster with
 * it; every packet is handed on before the next one is asked for.
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import { systemErrorText } from "../../go/system_error.ts";

/** The largest datagram there can be; a smaller buffer would cut packets silently. */
const receiveBufferSize = 65_536;
/** More packets than this waiting for the kernel are dropped: the network cannot keep up. */
export const maxPendingSends = 8192;
const pauseAfterError: Milliseconds = 100;

/** What a socket works with. */
export interface UdpSocketOptions {
  readonly log: Log;
  readonly meter: Meter;
  /** Takes each packet, which is borrowed until it returns. */
  readonly receive: (from: Address, packet: Uint8Array) => void;
}

/** A bound datagram socket. */
export class UdpSocket {
  readonly #socket: Deno.DatagramConn;
  readonly #options: UdpSocketOptions;
  readonly #isIpv6: boolean;
  readonly #reading: Promise<void>;
  #pendingSends = 0;
  /** Resolves once nothing is being sent any more; only while somebody waits for that. */
  #drained: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  /**
   * Binds and begins to read.
   *
   * @throws what the platform says if the address cannot be bound.
   */
  constructor(address: Address, options: UdpSocketOptions) {
    this.#options = options;
    this.#isIpv6 = address.host.includes(":");
    if (typeof Deno.listenDatagram !== "function") {
      throw new Error('run Deno with --unstable-net, or put "unstable": ["net"] into deno.json');
    }
    this.#socket = Deno.listenDatagram({
      transport: "udp",
      hostname: address.host,
      port: address.port,
    });
    this.#reading = this.#read();
  }

  /** Sends a copy of the packet: best effort. What the platform refuses is counted and logged. */
  send(to: Address, packet: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#pendingSends >= maxPendingSends) {
      this.#options.meter.count("memberlist.udp.dropped", 1);
      return;
    }
    this.#pendingSends++;
    this.#send(to, packet.slice());
  }

  /** Stops reading and sending; what is being sent is given up. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
    await this.#reading;
    if (this.#pendingSends === 0) return;
    this.#drained = Promise.withResolvers();
    await this.#drained.promise;
  }

  async #send(to: Address, packet: Uint8Array): Promise<void> {
    try {
      await this.#socket.send(packet, {
        transport: "udp",
        hostname: this.#reachableHost(to.host),
        port: to.port,
      });
    } catch (error) {
      if (this.#isClosed) return;
      this.#options.meter.count("memberlist.udp.sendFailed", 1);
      if (!this.#options.log.debugEnabled) return;
      this.#options.log.debug(
        `Failed to send a packet to ${formatAddress(to)}: ${systemErrorText(error)}`,
      );
    } finally {
      if (--this.#pendingSends === 0) this.#drained?.resolve();
    }
  }

  /** A socket for both families sends to IPv4 by the mapped form alone. */
  #reachableHost(host: string): string {
    return this.#isIpv6 && !host.includes(":") ? `::ffff:${host}` : host;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(receiveBufferSize);
    while (!this.#isClosed) {
      const received = await this.#receive(buffer);
      if (!received) continue;
      const [packet, from] = received;
      if (from.transport !== "udp" || packet.length === 0) continue;
      this.#options.receive({ host: plainHost(from.hostname), port: from.port }, packet);
    }
  }

  async #receive(buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr] | undefined> {
    try {
      return await this.#socket.receive(buffer);
    } catch (error) {
      if (this.#isClosed || isRefusal(error)) return undefined;
      this.#options.log.error(`Error reading UDP packet: ${systemErrorText(error)}`);
      // A failure that repeats at once must not occupy the processor.
      await new Promise((resolve) => setTimeout(resolve, pauseAfterError));
      return undefined;
    }
  }
}

/** Prints an IPv4 peer the same way whichever family the socket has. */
export function plainHost(hostname: string): string {
  return hostname.startsWith("::ffff:") && hostname.includes(".") ? hostname.slice(7) : hostname;
}

/**
 * Whether an error only says that a packet sent earlier found nobody: Windows tells
 * that to whoever reads next, once for each such packet.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionRefused;
}
