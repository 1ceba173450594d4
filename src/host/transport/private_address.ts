/**
 * The address a node advertises when it listens on all of them: a private one
 * that other machines can reach (agent.md section 6).
 */

import { isInNetwork, parseIp } from "../../ports/address.ts";
import type { Family } from "./bound_families.ts";

/** Networks whose addresses are private and forwarded (RFC 6890), as bytes and prefix lengths. */
const privateNetworks: readonly (readonly [string, number])[] = [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["172.16.0.0", 12],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["fc00::", 7],
  ["64:ff9b::", 96],
  ["100::", 64],
  ["2002::", 16],
  ["2001::", 16],
];

/** Parts of the above that are not forwarded after all. */
const exceptions: readonly (readonly [string, number])[] = [
  ["2001:db8::", 32],
  ["2001:10::", 28],
];

/** An interface's address, as the platform lists it. */
export type InterfaceAddress = Pick<
  Deno.NetworkInterfaceInfo,
  "name" | "family" | "address" | "cidr"
>;

/**
 * Picks the address to advertise.
 *
 * @param families the versions of IP that the node's sockets hear.
 * @param defaultInterface the interface of the default route, which is preferred.
 * @returns 4 or 16 bytes, or `undefined` if the machine has no private address.
 */
export function choosePrivateAddress(
  addresses: readonly InterfaceAddress[],
  families: readonly Family[],
  defaultInterface: string | undefined,
): Uint8Array | undefined {
  const candidates = addresses.filter(({ address, family }) =>
    families.includes(family) && isPrivate(address)
  );
  const [best] = candidates.toSorted((a, b) =>
    Number(b.name === defaultInterface) - Number(a.name === defaultInterface) ||
    a.family.localeCompare(b.family) ||
    prefixLength(a) - prefixLength(b)
  );
  return best && parseIp(best.address);
}

/** Whether an IP literal is out of a private, forwarded network. */
export function isPrivate(address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && isIn(ip, privateNetworks) && !isIn(ip, exceptions);
}

/** Returns the private address of this machine in these families; `undefined` if it has none. */
export function ownPrivateAddress(families: readonly Family[]): Uint8Array | undefined {
  return choosePrivateAddress(Deno.networkInterfaces(), families, defaultRouteInterface());
}

/** Linux lists its routes in a file; other systems go by the order of their interfaces. */
function defaultRouteInterface(): string | undefined {
  try {
    const routes = Deno.readTextFileSync("/proc/net/route").split("\n").slice(1);
    const fields = routes.map((line) => line.split("\t"));
    return fields.find(([, destination]) => destination === "00000000")?.[0];
  } catch {
    return undefined;
  }
}

function isIn(ip: Uint8Array, networks: readonly (readonly [string, number])[]): boolean {
  return networks.some(([network, bits]) => isInNetwork(ip, parseIp(network)!, bits));
}

function prefixLength({ cidr }: InterfaceAddress): number {
  return Number(cidr.slice(cidr.lastIndexOf("/") + 1));
}
