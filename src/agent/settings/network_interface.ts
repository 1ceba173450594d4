/** The machine's network interfaces, by name. */

/**
 * Returns an interface's addresses, IPv4 first.
 *
 * @throws {Error} `route ip+net: no such network interface`.
 */
export async function interfaceAddresses(name: string): Promise<string[]> {
  const entries = Deno.networkInterfaces().filter((entry) => entry.name === name);
  if (entries.length === 0 && !await existsWithoutAddress(name)) {
    throw new Error("route ip+net: no such network interface");
  }
  const ipv4 = entries.filter(({ family }) => family === "IPv4");
  const ipv6 = entries.filter(({ family }) => family === "IPv6");
  return [...ipv4, ...ipv6].map(({ address }) => address);
}

/** Whether an address reaches no further than its own link. */
export function isLinkLocal(ip: string): boolean {
  return ip.startsWith("169.254.") || /^fe[89ab][0-9a-f]:/i.test(ip);
}

/** The platform lists interfaces by their addresses; Linux knows those without as well. */
async function existsWithoutAddress(name: string): Promise<boolean> {
  if (name === "" || name.includes("/")) return false;
  return await Deno.stat(`/sys/class/net/${name}/ifindex`).then(() => true, () => false);
}
