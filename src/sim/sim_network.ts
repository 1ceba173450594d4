/**
 * A virtual network: carries datagrams and stream exchanges between nodes in
 * virtual time, with latency, loss, duplication and cuts, all drawn from a seed.
 *
 * It is stricter than a real network where that finds mistakes: once a receiver
 * has seen a packet, the bytes are scribbled over, so a core that keeps a view
 * of something borrowed is caught by the next assertion.
 */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import { type Address, formatAddress } from "../ports/address.ts";
import type { Clock, Milliseconds } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { failure, type Result, success } from "../ports/result.ts";
import type { ExchangeOptions, Inbound, StreamEnd, Transport } from "../ports/transport.ts";
import { SimProcess } from "./sim_process.ts";

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
export type NetworkTally = ReturnType<typeof emptyTally>;

function emptyTally() {
  return {
    packetsSent: 0,
    packetsDelivered: 0,
    packetsLost: 0,
    packetsDuplicated: 0,
    packetsCut: 0,
    /** Lost because the receiver was too busy to take them. */
    packetsOverflowed: 0,
    /** Delivered after one that was sent later to the same node. */
    packetsReordered: 0,
    packetBytes: 0,
    exchanges: 0,
    exchangesFailed: 0,
    exchangeBytes: 0,
  };
}

/** The share of datagrams lost from one endpoint to another, as `ip:port` texts; 1 is a cut. */
export type LinkLoss = (from: string, to: string) => number;

/** Whether datagrams from one endpoint to another pass. */
type DatagramFilter = (from: Address, to: Address) => boolean;

/** Gets a datagram, which is borrowed. */
type PacketObserver = (from: Address, to: Address, packet: Uint8Array) => void;

/** A node on the network. */
interface Endpoint {
  /** Its address as `ip:port`. */
  readonly key: string;
  readonly address: Address;
  readonly inbound: () => Inbound | undefined;
  /** Takes the turns that packets and requests cause. */
  readonly process: SimProcess;
  /** The place in the order of sending of the latest packet that arrived. */
  latest: number;
}

const scribble = 0xdb;
/** How soon a stream sends again what was lost; doubled each time. */
const firstRetransmission: Milliseconds = 200;
const longestRetransmission: Milliseconds = 120_000;

/** A network of endpoints, each with a transport of its own. */
export class SimNetwork {
  readonly quality: LinkQuality = { latency: 0.5, jitter: 0.5, loss: 0, duplication: 0 };
  readonly tally = emptyTally();
  readonly #clock: Clock;
  readonly #random: Random;
  /** By host and port, so that no text is made for a look-up: there is one for every packet. */
  readonly #endpoints = new Map<string, Map<number, Endpoint>>();
  #lossBetween: LinkLoss | undefined;
  #datagramPasses: DatagramFilter | undefined;
  #observer: PacketObserver | undefined;
  #orders = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Attaches a node at `address` and returns its transport.
   *
   * @param process takes the turns that packets and requests cause; by default at once.
   */
  attach(
    address: Address,
    inbound: () => Inbound | undefined,
    process = new SimProcess(this.#clock),
  ): Transport {
    const key = formatAddress(address);
    const endpoint: Endpoint = { key, address, inbound, process, latest: -1 };
    const { host, port } = address;
    const atHost = this.#endpoints.get(host) ?? new Map<number, Endpoint>();
    this.#endpoints.set(host, atHost.set(port, endpoint));
    return {
      sendPacket: (to, packet) => this.#sendPacket(endpoint, to, packet),
      exchange: (to, request, options) => this.#exchange(endpoint, to, request, options),
    };
  }

  /** Takes the node at `address` off the network, as when its process is killed. */
  detach({ host, port }: Address): void {
    this.#endpoints.get(host)?.delete(port);
  }

  /** Decides which endpoints reach which; `undefined` restores all links. */
  cut(reachable: ((from: string, to: string) => boolean) | undefined): void {
    this.impair(reachable && ((from, to) => reachable(from, to) ? 0 : 1));
  }

  /** Makes links lossy beyond the common quality; `undefined` restores all links. */
  impair(lossBetween: LinkLoss | undefined): void {
    this.#lossBetween = lossBetween;
  }

  /**
   * Lets datagrams pass only where `passes` says so, and streams everywhere: a firewall.
   *
   * `undefined` lets all of them pass.
   */
  filterDatagrams(passes: DatagramFilter | undefined): void {
    this.#datagramPasses = passes;
  }

  /** Calls `observer` for every datagram sent, before its fate is decided. */
  observe(observer: PacketObserver): void {
    this.#observer = observer;
  }

  #endpointAt({ host, port }: Address): Endpoint | undefined {
    return this.#endpoints.get(host)?.get(port);
  }

  #delay(): Milliseconds {
    return this.quality.latency + this.#random.uniform() * this.quality.jitter;
  }

  #sendPacket(from: Endpoint, to: Address, packet: Uint8Array): void {
    this.tally.packetsSent++;
    this.tally.packetBytes += packet.length;
    this.#observer?.(from.address, to, packet);
    const linkLoss = this.#lossBetween ? this.#lossBetween(from.key, formatAddress(to)) : 0;
    if (linkLoss >= 1 || this.#datagramPasses?.(from.address, to) === false) {
      this.tally.packetsCut++;
      return;
    }
    if (this.#random.uniform() < this.#jointLoss(linkLoss)) {
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
    const order = this.#orders++;
    this.#clock.after(this.#delay(), () => {
      const endpoint = this.#endpointAt(to);
      if (!endpoint) return;
      if (order < endpoint.latest) this.tally.packetsReordered++;
      else endpoint.latest = order;
      const isTaken = endpoint.process.takePacket(() => {
        this.tally.packetsDelivered++;
        endpoint.inbound()?.receivePacket(from.address, packet);
        packet.fill(scribble);
      });
      if (!isTaken) this.tally.packetsOverflowed++;
    });
  }

  #exchange(from: Endpoint, to: Address, request: Uint8Array, options: ExchangeOptions): void {
    const target = formatAddress(to);
    const sent = request.slice();
    this.tally.exchanges++;
    this.tally.exchangeBytes += sent.length;
    let isFinished = false;
    let endStream: StreamEnd = () => {};
    const finish = (result: Result<Uint8Array>) => {
      if (isFinished) return;
      isFinished = true;
      limit.cancel();
      if (!result.ok) {
        this.tally.exchangesFailed++;
        endStream();
      }
      // A node that died meanwhile gets no result, even if it was restarted at the same address.
      if (this.#endpointAt(from.address) !== from) return;
      from.process.take(() => {
        options.done(result);
        if (result.ok) result.value.fill(scribble);
      });
    };
    const startLimit = (step: "dial" | "read") =>
      this.#clock.after(options.timeout, () => {
        finish(failure(`${step} tcp ${target}: i/o timeout`));
      });
    let limit = startLimit("dial");
    // A cut swallows the dialling packets, so the caller only learns by its time limit.
    if (!this.#isConnected(from.key, target)) return;

    // Dialling costs a round trip before the request can travel.
    this.#clock.after(3 * this.#streamDelay(from.key, target), () => {
      if (isFinished) return;
      const endpoint = this.#endpointAt(to);
      if (!endpoint) return finish(failure(`dial tcp ${target}: connect: connection refused`));

      limit.cancel();
      limit = startLimit("read");
      endpoint.process.take(() => {
        const answer = (shared: Uint8Array | undefined) => {
          const reply = shared?.slice();
          this.#clock.after(this.#streamDelay(from.key, target), () => {
            if (this.#isConnected(from.key, target)) finish(this.#resultOf(reply, options));
          });
        };
        const end = endpoint.inbound()?.receiveRequest(from.address, sent, answer);
        if (end) endStream = () => endpoint.process.take(end);
        else answer(undefined);
        sent.fill(scribble);
      });
    });
  }

  #resultOf(reply: Uint8Array | undefined, options: ExchangeOptions): Result<Uint8Array> {
    if (!options.expectReply) return success(emptyBytes);
    if (!reply) return failure("EOF");
    this.tally.exchangeBytes += reply.length;
    return success(reply);
  }

  /** A stream needs both ways. */
  #isConnected(from: string, to: string): boolean {
    return this.#streamLoss(from, to) < 1;
  }

  #streamLoss(from: string, to: string): number {
    const lossBetween = this.#lossBetween;
    return lossBetween ? Math.max(lossBetween(from, to), lossBetween(to, from)) : 0;
  }

  #jointLoss(linkLoss: number): number {
    return 1 - (1 - this.quality.loss) * (1 - linkLoss);
  }

  /** What is lost of a stream is sent again, so that loss turns into delay. */
  #streamDelay(from: string, to: string): Milliseconds {
    const loss = this.#jointLoss(this.#streamLoss(from, to));
    let delay = this.#delay();
    let pause = firstRetransmission;
    // A full loss ends the stream by its time limit; drawing on would never end.
    while (loss > 0 && pause < longestRetransmission && this.#random.uniform() < loss) {
      delay += pause;
      pause *= 2;
    }
    return delay;
  }
}
