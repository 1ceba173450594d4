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
import {
  AddressError,
  formatRpcAddress,
  parseRpcAddress,
  type RpcAddress,
} from "../../rpc/address.ts";
import { hasUnixSockets, listenOnSocket } from "./unix_socket.ts";

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

/** What clients come in through. */
export type ClientListener = Pick<Deno.Listener, "accept" | "addr" | "close">;

/**
 * Listens on `host:port` or `unix:/path`; an empty host, or 0.0.0.0, means every address.
 *
 * @throws {Error} fit to print, if that is not possible.
 */
export async function listenForClients(
  address: string,
  { certificate, isOpen, os }: ListenOptions = { isOpen: false },
): Promise<ClientListener> {
  const target = await parse(address);
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
  // What was really bound is judged, so that no host name can stand for something else.
  // Nobody is served until somebody accepts.
  if (isOpen || !isReachableFromOutside(listener.addr)) return listener;
  const bound = formatBound(listener.addr);
  listener.close();
  throw new Error(
    `listen tcp ${formatRpcAddress(target)}: ${bound} is open to other machines, and without a ` +
      "token anybody there could control this agent: set a token with 'rpc_auth' in a " +
      "configuration file, or accept the risk with -rpc-allow-open ('rpc_allow_open')",
  );
}

async function parse(address: string): Promise<RpcAddress> {
  try {
    return await parseRpcAddress(address);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new Error(`listen tcp: ${error.message}`);
  }
}

async function open(
  target: RpcAddress,
  certificate: ServerCertificate | undefined,
): Promise<ClientListener> {
  try {
    return target.transport === "unix"
      ? await listenOnSocket(target.path)
      : listenOnPort(target.host, target.port, certificate);
  } catch (error) {
    const reason = systemErrorText(error);
    if (reason.includes("lookup address information")) {
      throw new Error(`listen tcp: lookup ${formatHost(target)}: no such host`, { cause: error });
    }
    const where = `${target.transport} ${formatRpcAddress(target)}`;
    throw new Error(`listen ${where}: bind: ${reason}`, { cause: error });
  }
}

function formatHost(target: RpcAddress): string {
  return target.transport === "tcp" ? target.host : target.path;
}

function listenOnPort(
  hostname: string,
  port: number,
  certificate: ServerCertificate | undefined,
): ClientListener {
  const where = { hostname: hostToBind(hostname), port };
  return certificate ? Deno.listenTls({ ...where, ...certificate }) : Deno.listen(where);
}

function isReachableFromOutside(address: Deno.Addr): boolean {
  if (!("hostname" in address)) return false;
  const ip = parseIp(address.hostname);
  return !ip || !isLoopback(ip);
}

function formatBound(address: Deno.Addr): string {
  if (!("hostname" in address)) return address.transport;
  const ip = parseIp(address.hostname);
  return formatAddress({ host: ip ? formatIp(ip) : address.hostname, port: address.port });
}
