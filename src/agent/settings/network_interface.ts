/** The machine's network interfaces, by name. */

/**
 * Returns an interface's addresses, IPv4 first.
 *
 * @throws {Error} `route ip+net: no such network interface`.
 */
export async function interfaceAddresses(name: string): Promise<string[]> {
  const entries = Deno.networkInterfaces().filter((entry) => entry.name === name);
  // The platform lists interfaces by their addresses; one may have none.
  if (entries.length === 0 && await interfaceIndex(name) === undefined) {
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

/** Returns an interface's number, which Linux alone tells. */
export async function interfaceIndex(name: string): Promise<number | undefined> {
  if (name === "" || name.includes("/")) return undefined;
  try {
    return Number(await Deno.readTextFile(`/sys/class/net/${name}/ifindex`));
  } catch {
    return undefined;
  }
}
