/**
 * Finds other agents of a cluster on the local network, and lets them find this
 * one (agent.md section 11).
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import { errorText } from "../../ports/error_text.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { SerfMember } from "../../serf/member.ts";
import type { AgentControl } from "../agent_control.ts";
import type { AgentConfig } from "../settings/config.ts";
import { describeInterface } from "./mdns_interface.ts";
import { MdnsPoller } from "./mdns_poller.ts";
import { MdnsResponder } from "./mdns_responder.ts";
import { MdnsService, serviceName } from "./mdns_service.ts";
import { DenoMdnsNetwork, type Family, type MdnsNetwork } from "./mdns_socket.ts";

/** Addresses found are joined together once none came for this long. */
export const quietPeriod: Milliseconds = 100;
/** This many addresses are joined at once, whether or not more come. */
export const maxBatch = 256;

export interface DiscoveryOptions {
  readonly config: AgentConfig;
  readonly agent: Pick<AgentControl, "join"> & { readonly self: SerfMember };
  /** The machine's name; the system knows it by default. */
  readonly hostName?: string;
  /** The log named "agent". */
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
  /** Opens sockets; the system's by default. */
  readonly network?: MdnsNetwork;
}

/** Discovery at work. Answers are given in both families of addresses. */
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
    const { clock, config, log, meter } = this.#options;
    const name = config.mdnsInterface || config.interface;
    if (name !== "") log.info(`Starting mDNS listener on interface ${name}`);
    const network = this.#options.network ??
      new DenoMdnsNetwork(name === "" ? undefined : await describeInterface(name));
    await this.#startResponder(network);
    this.#poller = new MdnsPoller({
      service: serviceName(config.discover),
      families: families(config),
      network,
      clock,
      log: this.#log,
      meter,
      onFound: (address) => this.#add(address),
    });
    this.#poller.start();
  }

  /** Stops answering and asking; the outcome of a join under way is not logged. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#quiet?.cancel();
    await Promise.all([this.#responder?.stop(), this.#poller?.stop()]);
  }

  async #startResponder(network: MdnsNetwork): Promise<void> {
    const { agent, config, hostName = Deno.hostname(), meter } = this.#options;
    const { discover: cluster, nodeName } = config;
    const service = new MdnsService({ cluster, nodeName, hostName, address: agent.self.address });
    const { obstacle } = service;
    if (obstacle !== undefined) {
      return this.#log.warn(`Others cannot discover this agent: ${obstacle}`);
    }
    this.#responder = new MdnsResponder(service, network, meter);
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
    const { agent, config } = this.#options;
    try {
      const count = await agent.join(addresses, config.replayOnJoin);
      if (!this.#isStopped) this.#log.info(`Joined ${count} hosts`);
    } catch (error) {
      if (!this.#isStopped) this.#log.error(`Failed to join: ${errorText(error)}`);
    }
  }
}

function families({ mdnsDisableIpv4, mdnsDisableIpv6 }: AgentConfig): Family[] {
  const all: Family[] = ["IPv4", "IPv6"];
  return all.filter((family) => family === "IPv4" ? !mdnsDisableIpv4 : !mdnsDisableIpv6);
}
