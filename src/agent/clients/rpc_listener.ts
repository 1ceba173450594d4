/**
 * Opens the listener of the RPC port; failures read as those of the reference
 * do, `listen tcp 127.0.0.1:7373: bind: address already in use`.
 *
 * A Unix socket is for its owner alone, which makes it the safer choice where
 * agent and clients share a machine. A port that other machines can reach wants a
 * token, unless the caller takes the risk explicitly.
 */

import { hostToBind } from "../../host/transport/bound_families.ts";
import { formatAddress, formatIp, isLoopback, parseIp } from "../../ports/address.ts";
import { systemErrorText } from "../../go/system_error.ts";
import { formatRpcAddress, parseRpcAddress, type RpcAddress } from "../../rpc/address.ts";
import { type ClientListener, hasUnixSockets, listenOnSocket } from "./unix_socket.ts";

/** A certificate and its key, as PEM texts. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** How to listen. */
export interface ListenOptions {
  /** Encrypts the port; only for `host:port`. */
  readonly certificate?: ServerCertificate | undefined;
  /** Whether other machines may reach the port. */
  readonly isOpen: boolean;
  /** The platform; this one by default. */
  readonly os?: string;
}

/**
 * Listens on `host:port` or `unix:/path`; an empty host, or 0.0.0.0, means every address.
 *
 * @throws {Error} fit to print, if that is not possible.
 */
export async function listenForClients(
  address: string,
  { certificate, isOpen, os }: ListenOptions = { isOpen: false },
): Promise<ClientListener> {
  const target = await parseRpcAddress(address).catch((error: Error) => {
    throw new Error(`listen tcp: ${error.message}`);
  });
  if (target.transport === "unix" && !hasUnixSockets(os)) {
    throw new Error(`listen unix ${target.path}: not on this platform: listen on host:port`);
  }
  if (target.transport === "unix" && certificate) {
    throw new Error(
      `listen unix ${target.path}: a Unix socket needs no TLS: leave out rpc_tls_cert and ` +
        "rpc_tls_key, or listen on host:port",
    );
  }
  const listener = await open(target, certificate);
  // Judged by what was bound, so that a host name cannot stand for something else. No
  // client is served before `accept`.
  if (isOpen || !isReachableFromOutside(listener.addr)) return listener;
  const bound = formatPeer(listener.addr);
  listener.close();
  throw new Error(
    `listen tcp ${formatRpcAddress(target)}: ${openPortReason(bound)}`,
  );
}

/** Says why an address that other machines reach is refused, and what to do. */
export function openPortReason(bound: string): string {
  return `${bound} is open to other machines, and without a token anybody there could control ` +
    "this agent: set a token with 'rpc_auth' in a configuration file, or accept the risk with " +
    "-rpc-allow-open ('rpc_allow_open')";
}

async function open(
  target: RpcAddress,
  certificate: ServerCertificate | undefined,
): Promise<ClientListener> {
  try {
    if (target.transport === "unix") return await listenOnSocket(target.path);
    const where = { hostname: hostToBind(target.host), port: target.port };
    return certificate ? Deno.listenTls({ ...where, ...certificate }) : Deno.listen(where);
  } catch (error) {
    const reason = systemErrorText(error);
    if (reason.includes("lookup address information") && target.transport === "tcp") {
      throw new Error(`listen tcp: lookup ${target.host}: no such host`, { cause: error });
    }
    const where = `${target.transport} ${formatRpcAddress(target)}`;
    throw new Error(`listen ${where}: bind: ${reason}`, { cause: error });
  }
}

function isReachableFromOutside(address: Deno.Addr): boolean {
  if (!("hostname" in address)) return false;
  const ip = parseIp(address.hostname);
  return !ip || !isLoopback(ip);
}

/** Prints one end of a connection; clients of a Unix socket have no address. */
export function formatPeer(address: Deno.Addr): string {
  if ("path" in address) return address.path || "unix";
  if (!("hostname" in address)) return address.transport;
  const ip = parseIp(address.hostname);
  return formatAddress({ host: ip ? formatIp(ip) : address.hostname, port: address.port });
}
