/**
 * A network of its own for many members: one namespace for each, all at one switch, with faults
 * between any two of them. Packets are lost where they arrive, by rules of nftables; they are
 * late where they leave, by netem, which some kernels lack.
 */

import { toolOutput } from "./command.ts";

/** Makes the place for rules, if it is not there yet. */
const arrivals = "add table inet chaos; " +
  "add chain inet chaos arrivals { type filter hook input priority 0; policy accept; }";

/** The addresses of a member, counted from 1, each with its prefix length; the first is its `ip`. */
export type AddressesOf = (number: number) => readonly string[];

/** Namespaces 10.78.0.1, 10.78.0.2 and so on unless told otherwise, until it is disposed of. */
export class NetworkStar implements AsyncDisposable {
  /** Each with the command that runs another one in its namespace. */
  readonly members: readonly { readonly ip: string; readonly wrapper: readonly string[] }[];
  readonly #addresses: AddressesOf;
  readonly #tag = crypto.randomUUID().slice(0, 6);

  private constructor(count: number, addresses: AddressesOf) {
    this.#addresses = addresses;
    this.members = Array.from({ length: count }, (_, index) => ({
      ip: addresses(index + 1)[0]?.split("/")[0] ?? "",
      wrapper: ["ip", "netns", "exec", this.#namespace(index)],
    }));
  }

  static async create(
    count: number,
    addresses: AddressesOf = (number) => [`10.78.0.${number}/24`],
  ): Promise<NetworkStar> {
    const star = new NetworkStar(count, addresses);
    try {
      await star.#build();
    } catch (error) {
      await star[Symbol.asyncDispose]();
      throw error;
    }
    return star;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let index = -1; index < this.members.length; index++) {
      await ip("netns", "del", this.#namespace(index)).catch(() => {});
    }
  }

  /**
   * Puts the network of this process at the switch as well, as 10.78.0.254; faults
   * between members leave it alone. Only for a process that has a network of its own.
   */
  async reach(): Promise<void> {
    const device = `to-${this.#tag}`;
    const hub = this.#namespace(-1);
    const peer = ["peer", "name", "outside", "netns", hub];
    await ip("link", "add", device, "type", "veth", ...peer);
    await ip("-n", hub, "link", "set", "outside", "master", "switch", "up");
    await ip("addr", "add", "10.78.0.254/24", "dev", device);
    await ip("link", "set", device, "up");
  }

  /** Lets nothing pass between members of different groups; each group lists indices. */
  async partition(...groups: readonly (readonly number[])[]): Promise<void> {
    for (const group of groups) {
      const others = groups.filter((other) => other !== group).flat();
      for (const index of group) await this.#refuse(index, others);
    }
  }

  /** Lets nothing pass from one member to another; the way back stays open. */
  async cutOneWay(from: number, to: number): Promise<void> {
    await this.#refuse(to, [from]);
  }

  /** Loses a share of all packets, those of streams included. */
  async lose(percent: number): Promise<void> {
    for (const index of this.members.keys()) {
      await this.#rule(index, `iif != "lo" numgen random mod 100 < ${percent} drop`);
    }
  }

  /** Delays everything that leaves a member. */
  async delay(milliseconds: number): Promise<void> {
    for (const index of this.members.keys()) {
      const device = ["dev", "eth0", "root", "netem", "delay", `${milliseconds}ms`];
      await ip("netns", "exec", this.#namespace(index), "tc", "qdisc", "add", ...device);
    }
  }

  /** Ends all loss; delays stay. */
  async heal(): Promise<void> {
    for (const index of this.members.keys()) {
      await this.#nft(index, "flush chain inet chaos arrivals");
    }
  }

  #namespace(index: number): string {
    return `serf-${this.#tag}-${index < 0 ? "hub" : index}`;
  }

  async #build(): Promise<void> {
    const hub = this.#namespace(-1);
    await ip("netns", "add", hub);
    await ip("-n", hub, "link", "add", "switch", "type", "bridge");
    await ip("-n", hub, "link", "set", "switch", "up");
    for (const index of this.members.keys()) {
      const name = this.#namespace(index);
      const port = `port${index}`;
      await ip("netns", "add", name);
      const peer = ["peer", "name", "eth0", "netns", name];
      await ip("link", "add", port, "netns", hub, "type", "veth", ...peer);
      await ip("-n", hub, "link", "set", port, "master", "switch", "up");
      for (const address of this.#addresses(index + 1)) {
        // An IPv6 address is probed for duplicates before it can be used, unless told not to be.
        const atOnce = address.includes(":") ? ["nodad"] : [];
        await ip("-n", name, "addr", "add", address, "dev", "eth0", ...atOnce);
      }
      await ip("-n", name, "link", "set", "eth0", "up");
      await ip("-n", name, "link", "set", "lo", "up");
    }
  }

  async #refuse(at: number, from: readonly number[]): Promise<void> {
    if (from.length === 0) return;
    const ips = from.map((index) => this.members[index]?.ip).join(", ");
    await this.#rule(at, `ip saddr { ${ips} } drop`);
  }

  #rule(at: number, rule: string): Promise<void> {
    return this.#nft(at, `add rule inet chaos arrivals ${rule}`);
  }

  async #nft(at: number, command: string): Promise<void> {
    await ip("netns", "exec", this.#namespace(at), "nft", `${arrivals}; ${command}`);
  }
}

function ip(...args: readonly string[]): Promise<string> {
  return toolOutput("ip", ...args);
}
