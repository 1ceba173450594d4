/**
 * Addresses of RPC ports as people write them: `host:port`, where the port may
 * be a service's name, or `unix:/path`.
 *
 * Errors read as those of the reference's network library, because scripts match on
 * them (cli.md section 4).
 */

import { formatAddress } from "../ports/address.ts";

/** Where an RPC port is. */
export type RpcAddress =
  | { readonly transport: "tcp"; readonly host: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** The address by default. */
export const defaultRpcAddress = "127.0.0.1:7373";

/** An address that cannot be used; the message says why, without saying what for. */
export class AddressError extends Error {
  override readonly name = "AddressError";
}

/** Ports of services for systems without a list of them. */
const commonServices: ReadonlyMap<string, number> = new Map([
  ["ftp", 21],
  ["ftps", 990],
  ["gopher", 70],
  ["http", 80],
  ["https", 443],
  ["imap2", 143],
  ["imap3", 220],
  ["imaps", 993],
  ["pop3", 110],
  ["pop3s", 995],
  ["smtp", 25],
  ["ssh", 22],
  ["submissions", 465],
  ["telnet", 23],
]);

/**
 * Reads an address; an empty host and port stay as they are (port 0).
 *
 * @throws {AddressError} `missing address`, `address A: missing port in address` and the like.
 */
export async function parseRpcAddress(address: string): Promise<RpcAddress> {
  if (address.startsWith("unix:")) return { transport: "unix", path: address.slice(5) };
  if (address === "") throw new AddressError("missing address");
  const [host, port] = splitHostPort(address);
  return { transport: "tcp", host, port: await portNumber(port) };
}

/** Prints `host:port`, with IPv6 hosts in brackets, or the path of a socket. */
export function formatRpcAddress(address: RpcAddress): string {
  return address.transport === "unix" ? address.path : formatAddress(address);
}

function splitHostPort(address: string): [host: string, port: string] {
  const fail = (reason: string): never => {
    throw new AddressError(`address ${address}: ${reason}`);
  };

  const colon = address.lastIndexOf(":");
  if (colon < 0) return fail("missing port in address");
  let host = address.slice(0, colon);
  if (address.startsWith("[")) {
    const close = address.indexOf("]");
    if (close < 0) return fail("missing ']' in address");
    if (close + 1 !== colon) {
      const tooMany = close + 1 < address.length && address[close + 1] === ":";
      return fail(tooMany ? "too many colons in address" : "missing port in address");
    }
    host = address.slice(1, close);
    if (address.indexOf("[", 1) >= 0) return fail("unexpected '[' in address");
    if (address.indexOf("]", close + 1) >= 0) return fail("unexpected ']' in address");
  } else {
    if (host.includes(":")) return fail("too many colons in address");
    if (address.includes("[")) return fail("unexpected '[' in address");
    if (address.includes("]")) return fail("unexpected ']' in address");
  }
  return [host, address.slice(colon + 1)];
}

async function portNumber(port: string): Promise<number> {
  if (port === "") return 0;
  if (/^[+-]?\d+$/.test(port)) {
    const number = Number(port);
    if (number < 0 || number > 65535) throw new AddressError(`address ${port}: invalid port`);
    return number;
  }
  const known = await systemService(port) ?? commonServices.get(port.toLowerCase());
  if (known === undefined) throw new AddressError(`lookup tcp/${port}: unknown port`);
  return known;
}

/** The port of a TCP service in the system's own list. */
async function systemService(name: string): Promise<number | undefined> {
  const table = await Deno.readTextFile("/etc/services").catch(() => "");
  for (const line of table.split("\n")) {
    const [official, entry, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const port = /^(\d+)\/tcp$/.exec(entry ?? "")?.[1];
    if (port !== undefined && [official, ...aliases].includes(name)) return Number(port);
  }
  return undefined;
}
