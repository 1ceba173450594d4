/**
 * Finds other agents of a cluster on the local network, and lets them find this
 * one (agent.md section 11).
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import { systemClock } from "../../rpc/system_clock.ts";
import type { AgentConfig } from "../settings/config.ts";
import { describeInterface } from "./mdns_interface.ts";
import { MdnsPoller } from "./mdns_poller.ts";
import { MdnsResponder } from "./mdns_responder.ts";
import { MdnsService, type ServiceFacts, serviceName } from "./mdns_service.ts";
import { DenoMdnsNetwork, type Family, type MdnsNetwork } from "./mdns_socket.ts";
import { messageOf } from "../../ports/error_context.ts";

/** Addresses found are joined together once none came for this long. */
export const quietPeriod: Milliseconds = 100;
/** This many addresses are joined at once, whether or not more come. */
export const maxBatch = 256;

export interface DiscoveryOptions extends ServiceFacts {
  /** The interface to use; empty for the system's choice. */
  readonly interface: string;
  /** Families in which to ask. Answers are given in both. */
  readonly families: readonly Family[];
  readonly replay: boolean;
  /** Joins; rejects if nobody answered. */
  readonly join: (addresses: readonly string[], replay: boolean) => Promise<number>;
  /** The log named "agent". */
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
  /** Opens sockets; the system's by default. */
  readonly network?: MdnsNetwork;
}

/** Returns discovery as an agent's settings want it, not yet started. */
export function discoverFor(
  config: AgentConfig,
  agent: Pick<DiscoveryOptions, "join"> & { readonly self: { readonly address: Address } },
  log: Log,
  meter: Meter,
): Discovery {
  return new Discovery({
    cluster: config.discover,
    nodeName: config.nodeName,
    hostName: Deno.hostname(),
    address: agent.self.address,
    interface: config.mdnsInterface || config.interface,
    families: [
      ...config.mdnsDisableIpv4 ? [] : ["IPv4" as const],
      ...config.mdnsDisableIpv6 ? [] : ["IPv6" as const],
    ],
    replay: config.replayOnJoin,
    join: (addresses, replay) => agent.join(addresses, replay),
    log,
    meter,
    clock: systemClock,
  });
}

/** Discovery at work. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #log: Log;
  #responder: MdnsResponder | undefined;
  #poller: MdnsPoller | undefined;
  #batch: string[] = [];
  #quiet: Timer | undefined;
  #joining: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#log = options.log.named("agent.mdns");
  }

  /**
   * Begins to answer and to ask.
   *
   * @throws {Error} `no multicast listeners could be started`.
   */
  async start(): Promise<void> {
    const { log, meter, clock, cluster, families } = this.#options;
    if (this.#options.interface !== "") {
      log.info(`Starting mDNS listener on interface ${this.#options.interface}`);
    }
    const parts = { network: await this.#openNetwork(), meter };
    await this.#startResponder(parts);
    this.#poller = new MdnsPoller({
      ...parts,
      service: serviceName(cluster),
      families,
      clock,
      log: this.#log,
      onFound: (address) => this.#add(address),
    });
    this.#poller.start();
  }

  /** Stops answering and asking; a join under way goes on unheard. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#quiet?.cancel();
    await Promise.all([this.#responder?.stop(), this.#poller?.stop()]);
  }

  async #openNetwork(): Promise<MdnsNetwork> {
    const { network, interface: name } = this.#options;
    if (network) return network;
    return new DenoMdnsNetwork(name === "" ? undefined : await describeInterface(name));
  }

  async #startResponder(parts: { network: MdnsNetwork; meter: Meter }): Promise<void> {
    const service = new MdnsService(this.#options);
    const { obstacle } = service;
    if (obstacle !== undefined) {
      return this.#log.warn(`Others cannot discover this agent: ${obstacle}`);
    }
    this.#responder = new MdnsResponder({ ...parts, service });
    await this.#responder.start();
  }

  #add(address: Address): void {
    this.#batch.push(formatAddress(address));
    this.#quiet?.cancel();
    if (this.#batch.length >= maxBatch) return this.#flush();
    this.#quiet = this.#options.clock.after(quietPeriod, () => this.#flush());
  }

  /** Joins what was gathered, once earlier joins are done. */
  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#joining = this.#joining.then(() => this.#join(batch));
  }

  // Parity: a failed join is not tried again, for the same addresses never come again.
  async #join(addresses: readonly string[]): Promise<void> {
    if (this.#isStopped) return;
    const { join, replay } = this.#options;
    try {
      const count = await join(addresses, replay);
      if (!this.#isStopped) this.#log.info(`Joined ${count} hosts`);
    } catch (error) {
      if (!this.#isStopped) this.#log.error(`Failed to join: ${messageOf(error)}`);
    }
  }
}
