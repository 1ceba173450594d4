/** Which networks members may come from: a guard against clusters that meet by accident. */

import { isInNetwork, isLoopback, parseIp, unmapIp } from "../ports/address.ts";
import { failure, type Result, success } from "../ports/result.ts";

interface Network {
  readonly ip: Uint8Array;
  readonly prefix: number;
}

/** A list of networks in CIDR notation. */
export class AllowList {
  readonly #networks: readonly Network[];

  private constructor(networks: readonly Network[]) {
    this.#networks = networks;
  }

  /** Reads networks such as `10.0.0.0/8` or `fd00::/8`; fails with the first that is invalid. */
  static parse(networks: readonly string[]): Result<AllowList> {
    const parsed: Network[] = [];
    for (const text of networks) {
      const network = parseNetwork(text);
      if (!network) return failure(`invalid CIDR address: ${text}`);
      parsed.push(network);
    }
    return success(new AllowList(parsed));
  }

  /** Whether a member may have the address `ip`; mapped IPv4 counts as IPv4. */
  allows(ip: Uint8Array): boolean {
    const plain = unmapIp(ip);
    return this.#networks.some(({ ip, prefix }) => isInNetwork(plain, ip, prefix));
  }

  /** Whether a member may send datagrams from `host`, an IP address as text. */
  allowsPacket(host: string): boolean {
    const ip = parseIp(host.replace(/%.*/, ""));
    return ip !== undefined && this.allows(ip);
  }

  /**
   * The same for streams, which may also come from this machine.
   *
   * They do not come from the address that a member listens on: between two on one machine, the
   * system chooses 127.0.0.1.
   */
  allowsStream(host: string): boolean {
    const ip = parseIp(host);
    return this.allowsPacket(host) || (ip !== undefined && isLoopback(ip));
  }
}

function parseNetwork(text: string): Network | undefined {
  const match = /^(.+)\/(\d{1,3})$/.exec(text);
  const ip = parseIp(match?.[1] ?? "");
  const prefix = Number(match?.[2]);
  if (!ip || prefix > 8 * ip.length) return undefined;
  const plain = unmapIp(ip);
  const unmapped = plain.length < ip.length ? prefix - 96 : prefix;
  return unmapped < 0 ? undefined : { ip: plain, prefix: unmapped };
}
