/**
 * The network interface that discovery uses, in the terms in which sockets name
 * one: IPv4 by an address, IPv6 by a number (agent.md section 11).
 */

import { interfaceIndex } from "../settings/network_interface.ts";

export interface MdnsInterface {
  readonly name: string;
  /** Its first IPv4 address, if it has any. */
  readonly ipv4: string | undefined;
  /** Its number, if it has an IPv6 address. */
  readonly index: number | undefined;
}

/**
 * Describes an interface.
 *
 * @param name that of an interface that exists.
 */
export async function describeInterface(
  name: string,
  addresses: readonly Omit<Deno.NetworkInterfaceInfo, "cidr" | "mac" | "netmask">[] = Deno
    .networkInterfaces(),
): Promise<MdnsInterface> {
  const own = addresses.filter((address) => address.name === name);
  const ipv6 = own.filter(({ family }) => family === "IPv6");
  // The platform tells the number with addresses that reach no further than the link.
  const scope = ipv6.find(({ scopeid }) => (scopeid ?? 0) > 0)?.scopeid ?? undefined;
  return {
    name,
    ipv4: own.find(({ family }) => family === "IPv4")?.address,
    index: ipv6.length === 0 ? undefined : scope ?? await interfaceIndex(name),
  };
}
