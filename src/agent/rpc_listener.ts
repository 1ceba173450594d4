/**
 * Opens the listener of the RPC port; failures read as those of the reference
 * do, `listen tcp 127.0.0.1:7373: bind: address already in use`.
 *
 * A Unix socket is for its owner alone, which makes it the safer choice where
 * agent and clients share a machine.
 */

import {
  AddressError,
  formatRpcAddress,
  parseRpcAddress,
  type RpcAddress,
} from "../rpc/address.ts";
import { systemErrorText } from "../ports/system_error.ts";

/**
 * Listens on `host:port` or `unix:/path`; an empty host means every address.
 *
 * @throws {Error} fit to print, if that is not possible.
 */
export async function listenForClients(address: string): Promise<Deno.Listener> {
  const target = await parse(address);
  try {
    return target.transport === "unix"
      ? await listenOnSocket(target.path)
      : listenOnPort(target.host, target.port);
  } catch (error) {
    const reason = systemErrorText(error);
    if (reason.includes("lookup address information")) {
      throw new Error(`listen tcp: lookup ${formatHost(target)}: no such host`, { cause: error });
    }
    const where = `${target.transport} ${formatRpcAddress(target)}`;
    throw new Error(`listen ${where}: bind: ${reason}`, { cause: error });
  }
}

async function parse(address: string): Promise<RpcAddress> {
  try {
    return await parseRpcAddress(address);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new Error(`listen tcp: ${error.message}`);
  }
}

function formatHost(target: RpcAddress): string {
  return target.transport === "tcp" ? target.host : target.path;
}

/** Listens on an address; an empty one is every address, of both families where there are two. */
function listenOnPort(hostname: string, port: number): Deno.Listener {
  if (hostname !== "") return Deno.listen({ hostname, port });
  try {
    return Deno.listen({ hostname: "::", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw error;
    // A system without IPv6 refuses the address itself.
    return Deno.listen({ hostname: "0.0.0.0", port });
  }
}

async function listenOnSocket(path: string): Promise<Deno.Listener> {
  if (await isAbandoned(path)) await Deno.remove(path);
  // The mask makes the socket private from the start: setting its mode afterwards
  // would leave a moment in which anybody could connect.
  const mask = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(mask);
  }
}

/** Whether a socket is there that nobody listens on, as a crash leaves it behind. */
async function isAbandoned(path: string): Promise<boolean> {
  try {
    if (!(await Deno.lstat(path)).isSocket) return false;
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}
