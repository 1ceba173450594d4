/**
 * A virtual network: carries datagrams and stream exchanges between nodes in
 * virtual time, with latency, loss, duplication and cuts, all drawn from a seed.
 *
 * It is stricter than a real network where that finds mistakes: once a receiver
 * has seen a packet, the bytes are scribbled over, so a core that keeps a view
 * of something borrowed is caught by the next assertion.
 */

import { type Address, formatAddress } from "../ports/address.ts";
import type { Clock, Milliseconds } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { failure, type Result, success } from "../ports/result.ts";
import type { ExchangeOptions, Inbound, Transport } from "../ports/transport.ts";

/** How the links between nodes behave; all of it may be changed at any time. */
export interface LinkQuality {
  /** Shortest one-way delay. */
  latency: Milliseconds;
  /** What chance may add to it, evenly spread; more than zero reorders packets. */
  jitter: Milliseconds;
  /** Share of datagrams lost, 0 to 1. */
  loss: number;
  /** Share of datagrams delivered twice, 0 to 1. */
  duplication: number;
}

/** What the network has done so far: a run that did nothing shows it. */
export interface NetworkTally {
  packetsSent: number;
  packetsDelivered: number;
  packetsLost: number;
  packetsDuplicated: number;
  packetsCut: number;
  packetBytes: number;
  exchanges: number;
  exchangesFailed: number;
  exchangeBytes: number;
}

const scribble = 0xdb;

/** A network of endpoints, each with a transport of its own. */
export class SimNetwork {
  readonly quality: LinkQuality = { latency: 0.5, jitter: 0.5, loss: 0, duplication: 0 };
  readonly tally: NetworkTally = {
    packetsSent: 0,
    packetsDelivered: 0,
    packetsLost: 0,
    packetsDuplicated: 0,
    packetsCut: 0,
    packetBytes: 0,
    exchanges: 0,
    exchangesFailed: 0,
    exchangeBytes: 0,
  };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #endpoints = new Map<string, Endpoint>();
  /** Asked for every packet: whether `from` can reach `to` at all. Cuts may be one-way. */
  #reachable: (from: string, to: string) => boolean = () => true;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Attaches a node at `address` and returns its transport. */
  attach(address: Address, inbound: () => Inbound | undefined): Transport {
    const endpoint = new Endpoint(formatAddress(address), address, inbound);
    this.#endpoints.set(endpoint.key, endpoint);
    return {
      sendPacket: (to, packet) => this.#sendPacket(endpoint, to, packet),
      exchange: (to, request, options) => this.#exchange(endpoint, to, request, options),
    };
  }

  /** Takes the node at `address` off the network, as when its process is killed. */
  detach(address: Address): void {
    this.#endpoints.delete(formatAddress(address));
  }

  /** Decides which endpoints (`ip:port` texts) reach which; undefined restores all links. */
  cut(reachable: ((from: string, to: string) => boolean) | undefined): void {
    this.#reachable = reachable ?? (() => true);
  }

  #delay(): Milliseconds {
    return this.quality.latency + this.#random.uniform() * this.quality.jitter;
  }

  #sendPacket(from: Endpoint, to: Address, packet: Uint8Array): void {
    this.tally.packetsSent++;
    this.tally.packetBytes += packet.length;
    if (!this.#reachable(from.key, formatAddress(to))) {
      this.tally.packetsCut++;
      return;
    }
    if (this.#random.uniform() < this.quality.loss) {
      this.tally.packetsLost++;
      return;
    }
    this.#deliverLater(from, to, packet.slice());
    if (this.#random.uniform() < this.quality.duplication) {
      this.tally.packetsDuplicated++;
      this.#deliverLater(from, to, packet.slice());
    }
  }

  #deliverLater(from: Endpoint, to: Address, packet: Uint8Array): void {
    this.#clock.after(this.#delay(), () => {
      const inbound = this.#inboundAt(formatAddress(to));
      if (!inbound) return;
      this.tally.packetsDelivered++;
      inbound.receivePacket(from.address, packet);
      packet.fill(scribble);
    });
  }

  #exchange(from: Endpoint, to: Address, request: Uint8Array, options: ExchangeOptions): void {
    const target = formatAddress(to);
    const sent = request.slice();
    this.tally.exchanges++;
    this.tally.exchangeBytes += sent.length;
    // Whoever died meanwhile hears nothing, even if it was restarted at the same address.
    const finish = (result: Result<Uint8Array>) => {
      if (!result.ok) this.tally.exchangesFailed++;
      if (this.#endpoints.get(from.key) === from) options.done(result);
    };
    if (!this.#reachable(from.key, target) || !this.#reachable(target, from.key)) {
      // A cut swallows the dialling packets, so the caller only learns by its time limit.
      this.#clock.after(
        options.timeout,
        () => finish(failure(`dial tcp ${target}: i/o timeout`)),
      );
      return;
    }

    // Dialling costs a round trip before the request can travel.
    this.#clock.after(3 * this.#delay(), () => {
      const inbound = this.#inboundAt(target);
      if (!inbound) {
        finish(failure(`dial tcp ${target}: connect: connection refused`));
        return;
      }
      const reply = inbound.receiveRequest(from.address, sent)?.slice();
      sent.fill(scribble);
      this.#clock.after(this.#delay(), () => this.#finishExchange(reply, options, finish));
    });
  }

  #finishExchange(
    reply: Uint8Array | undefined,
    options: ExchangeOptions,
    finish: (result: Result<Uint8Array>) => void,
  ): void {
    if (!options.expectReply) return finish(success(new Uint8Array(0)));
    if (!reply) return finish(failure("EOF"));
    this.tally.exchangeBytes += reply.length;
    finish(success(reply));
    reply.fill(scribble);
  }

  #inboundAt(key: string): Inbound | undefined {
    return this.#endpoints.get(key)?.inbound();
  }
}

class Endpoint {
  readonly key: string;
  readonly address: Address;
  readonly inbound: () => Inbound | undefined;

  constructor(key: string, address: Address, inbound: () => Inbound | undefined) {
    this.key = key;
    this.address = address;
    this.inbound = inbound;
  }
}
