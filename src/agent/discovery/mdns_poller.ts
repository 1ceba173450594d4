/**
 * Asks the multicast group who belongs to a cluster, now and then, and hands on
 * who answers (agent.md section 11).
 *
 * Each address is handed on once in the agent's life.
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import { errorText } from "../../ports/error_text.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import { Ticker } from "../../ports/ticker.ts";
import { MdnsError, readResponse, writeQuery } from "./mdns_message.ts";
import { findInstances } from "./mdns_service.ts";
import type { Family, MdnsNetwork, MdnsSocket } from "./mdns_socket.ts";

/** Time between two questions. */
export const pollInterval: Milliseconds = 60_000;
/** How long answers to one question are taken. */
export const listenPeriod: Milliseconds = 1000;
/** More addresses than this are not remembered, and so not handed on. */
export const maxKnownAddresses = 4096;

export interface MdnsPollerOptions {
  /** The name to ask for. */
  readonly service: string;
  readonly families: readonly Family[];
  readonly network: MdnsNetwork;
  readonly clock: Clock;
  /** The log named "agent.mdns". */
  readonly log: Log;
  readonly meter: Meter;
  /** Runs once for each address. */
  readonly onFound: (address: Address) => void;
}

export class MdnsPoller {
  readonly #options: MdnsPollerOptions;
  readonly #known = new Set<string>();
  readonly #ticker: Ticker;
  #sockets: MdnsSocket[] = [];
  #end: Timer | undefined;
  #isStopped = false;

  constructor(options: MdnsPollerOptions) {
    this.#options = options;
    this.#ticker = new Ticker(options.clock, () => pollInterval, () => void this.#poll());
  }

  /** Asks at once, and again after every interval. */
  start(): void {
    void this.#poll();
    this.#ticker.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#ticker.stop();
    this.#end?.cancel();
    await this.#close();
  }

  async #poll(): Promise<void> {
    const { families, log, clock } = this.#options;
    await this.#close();
    const failures: unknown[] = [];
    for (const family of families) {
      if (this.#isStopped) return;
      await this.#ask(family).catch((error: unknown) => failures.push(error));
    }
    if (this.#isStopped) return;

    // One family that works is enough; many machines have no more.
    if (failures.length > 0 && failures.length === families.length) {
      log.error(`Failed to poll for new hosts: ${errorText(failures[0])}`);
    }
    this.#end = clock.after(listenPeriod, () => void this.#close());
  }

  async #ask(family: Family): Promise<void> {
    const { network, service } = this.#options;
    const socket = network.open(family, (_, packet) => this.#receive(packet));
    this.#sockets.push(socket);
    const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
    await socket.send(network.group(family), writeQuery(id, service, "PTR"));
  }

  async #close(): Promise<void> {
    const sockets = this.#sockets;
    this.#sockets = [];
    await Promise.all(sockets.map((socket) => socket.close()));
  }

  #receive(packet: Uint8Array): void {
    const { service, meter } = this.#options;
    try {
      const records = readResponse(packet) ?? [];
      for (const address of findInstances(records, service)) this.#find(address);
    } catch (error) {
      if (!(error instanceof MdnsError)) throw error;
      meter.count("agent.mdns.malformed", 1);
    }
  }

  #find(address: Address): void {
    const { onFound, meter, log } = this.#options;
    const key = formatAddress(address);
    if (this.#isStopped || this.#known.has(key)) return;
    if (this.#known.size >= maxKnownAddresses) return meter.count("agent.mdns.dropped", 1);
    this.#known.add(key);
    if (this.#known.size === maxKnownAddresses) {
      log.warn(`Found ${maxKnownAddresses} hosts; further ones are ignored`);
    }
    onFound(address);
  }
}
