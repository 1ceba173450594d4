/**
 * The network on Deno: a datagram socket and a stream listener on one address
 * and port (gossip.md section 3).
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import { systemErrorText } from "../../go/system_error.ts";
import type {
  Answer,
  ExchangeOptions,
  Inbound,
  StreamEnd,
  Transport,
} from "../../ports/transport.ts";
import { hostToBind } from "./bound_families.ts";
import { TcpEndpoint } from "./tcp_endpoint.ts";
import { UdpSocket } from "./udp_socket.ts";

/** How often a free port for both sockets is looked for. */
const portAttempts = 10;

/** What a transport works with. */
export interface DenoTransportOptions {
  readonly bind: Address;
  /** Limit for each direction of an incoming stream. */
  readonly streamTimeout: Milliseconds;
  readonly log: Log;
  readonly meter: Meter;
  /** Hears what a peer did wrong; `reason` is a short stable code. */
  readonly complain: (peer: string, reason: string, message: string) => void;
}

/** A `Transport` on sockets. What arrives before `deliverTo` is dropped. */
export class DenoTransport implements Transport {
  readonly #log: Log;
  readonly #meter: Meter;
  readonly #datagrams: UdpSocket;
  readonly #streams: TcpEndpoint;
  #inbound: Inbound | undefined;
  /** Where it was asked to listen: never port 0. */
  readonly address: Address;

  /**
   * Binds both sockets.
   *
   * @throws {Error} `failed to start TCP listener on "IP" port P: listen tcp IP:P: bind: …`
   * or the same for UDP.
   */
  constructor(options: DenoTransportOptions) {
    this.#log = options.log;
    this.#meter = options.meter;
    const host = options.bind.host || hostToBind("");
    const sockets = this.#bind({ ...options.bind, host: hostToBind(host) }, options);
    this.#datagrams = sockets.datagrams;
    this.#streams = sockets.streams;
    this.address = { host, port: sockets.streams.port };
  }

  /** Hands everything that arrives from now on to `inbound`. */
  deliverTo(inbound: Inbound): void {
    this.#inbound = inbound;
  }

  sendPacket(to: Address, packet: Uint8Array): void {
    this.#datagrams.send(to, packet);
  }

  exchange(to: Address, request: Uint8Array, options: ExchangeOptions): void {
    this.#streams.exchange(to, request, options);
  }

  /** Closes both sockets; exchanges under way fail. */
  async close(): Promise<void> {
    this.#inbound = undefined;
    await Promise.all([this.#datagrams.close(), this.#streams.close()]);
  }

  #bind(
    bind: Address,
    options: DenoTransportOptions,
  ): { streams: TcpEndpoint; datagrams: UdpSocket } {
    for (let attempt = 1;; attempt++) {
      const streams = this.#listen(bind, options);
      const address = { host: bind.host, port: streams.port };
      try {
        return { streams, datagrams: this.#openDatagrams(address, options) };
      } catch (error) {
        streams.close();
        if (bind.port !== 0 || attempt >= portAttempts) throw error;
      }
    }
  }

  #listen(address: Address, options: DenoTransportOptions): TcpEndpoint {
    try {
      return new TcpEndpoint(address, {
        timeout: options.streamTimeout,
        complain: options.complain,
        judge: (start) => this.#inbound?.judgeRequest(start),
        respond: (from, request, answer) => this.#respond(from, request, answer),
      });
    } catch (error) {
      throw bindError("TCP", address, error);
    }
  }

  #openDatagrams(address: Address, options: DenoTransportOptions): UdpSocket {
    try {
      return new UdpSocket(address, {
        log: options.log,
        meter: options.meter,
        receive: (from, packet) =>
          this.#guarded("a packet", () => this.#inbound?.receivePacket(from, packet)),
      });
    } catch (error) {
      throw bindError("UDP", address, error);
    }
  }

  #respond(from: Address, request: Uint8Array, answer: Answer): StreamEnd | undefined {
    const end = this.#guarded(
      "a stream",
      () => this.#inbound?.receiveRequest(from, request, answer),
    );
    if (!end) answer(undefined);
    return end;
  }

  /** A mistake of ours in handling one message must not take the whole node down. */
  #guarded<T>(what: string, turn: () => T): T | undefined {
    try {
      return turn();
    } catch (error) {
      this.#meter.count("memberlist.failures", 1);
      const details = error instanceof Error ? error.stack ?? error.message : String(error);
      this.#log.error(`Internal error while handling ${what}, which was dropped: ${details}`);
      return undefined;
    }
  }
}

function bindError(kind: "TCP" | "UDP", address: Address, cause: unknown): Error {
  const where = `"${address.host}" port ${address.port}`;
  const call = `listen ${kind.toLowerCase()} ${formatAddress(address)}: bind`;
  const reason = systemErrorText(cause);
  return new Error(`failed to start ${kind} listener on ${where}: ${call}: ${reason}`, { cause });
}
