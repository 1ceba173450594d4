/**
 * From what people type to where packets go: `[node/]host[:port]` becomes
 * addresses (gossip.md section 15).
 */

import { type Address, parseIp } from "../../ports/address.ts";

/** Turns a host name into IP literals, all that it has. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** One name may stand for at most this many addresses; more are ignored. */
export const maxAddressesOfName = 64;

/**
 * Asks the system for the addresses of a host.
 *
 * @throws {Error} `lookup HOST: no such host` and the like.
 */
export async function lookUpHost(host: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => address);
  } catch (error) {
    throw new Error(`lookup ${host}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Resolves one entry of a join.
 *
 * @param ownPort the port if the entry names none.
 * @throws {Error} with what is wrong with the entry or its name.
 */
export async function resolveJoinAddress(
  entry: string,
  ownPort: number,
  lookUp: LookUp = lookUpHost,
): Promise<readonly Address[]> {
  const { host, port } = parseJoinAddress(entry, ownPort);
  if (parseIp(host)) return [{ host, port }];

  let found: readonly string[];
  try {
    found = await lookUp(host);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to resolve ${entry}: ${reason}`, { cause: error });
  }
  return [...new Set(found)].slice(0, maxAddressesOfName).map((ip) => ({ host: ip, port }));
}

/**
 * Splits one entry of a join into host and port.
 *
 * @throws {Error} if the node name, the host or the port is not one.
 */
export function parseJoinAddress(entry: string, ownPort: number): Address {
  const slash = entry.indexOf("/");
  if (slash === 0) throw new Error(`failed to resolve ${entry}: empty node name provided`);
  const text = entry.slice(slash + 1);
  const { host, port } = split(text, ownPort);
  if (host === "") {
    throw new Error(`failed to resolve ${entry}: it names no host; write host, or host:port`);
  }
  if (!(port >= 0 && port <= 65535)) {
    throw new Error(`failed to resolve ${entry}: the port must be a number from 0 to 65535`);
  }
  return { host, port };
}

/** An IPv6 literal may stand without brackets if no port follows. */
function split(text: string, ownPort: number): Address {
  if (text.includes("::") && parseIp(text)) return { host: text, port: ownPort };
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) return { host: bracketed[1]!, port: portOf(bracketed[2], ownPort) };
  const colon = text.lastIndexOf(":");
  if (colon < 0) return { host: text, port: ownPort };
  return { host: text.slice(0, colon), port: portOf(text.slice(colon + 1), ownPort) };
}

function portOf(text: string | undefined, ownPort: number): number {
  if (text === undefined) return ownPort;
  return /^\d{1,5}$/.test(text) ? Number(text) : NaN;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOTFOUND" || code === "EAI_NONAME" || code === "ENODATA") return "no such host";
  if (code === "EAI_AGAIN" || code === "ETIMEOUT") return "Temporary failure in name resolution";
  return error instanceof Error ? error.message : String(error);
}
