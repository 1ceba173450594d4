/**
 * Opens a connection to an agent's RPC port; failures read as those of the
 * reference do, `dial tcp 127.0.0.1:7373: connect: connection refused`
 * (cli.md section 4).
 */

import type { Milliseconds } from "../ports/clock.ts";
import { AddressError, formatRpcAddress, parseRpcAddress, type RpcAddress } from "./address.ts";
import type { Connection } from "./connection.ts";
import { RpcError } from "./rpc_error.ts";
import { systemErrorText } from "../ports/system_error.ts";

/**
 * Connects to `host:port` or `unix:/path`.
 *
 * @throws {RpcError} of kind `dial` if that fails, or takes longer than `timeout`.
 */
export async function dial(address: string, timeout: Milliseconds): Promise<Connection> {
  const target = await parse(address);
  if (target.transport === "unix") return await dialUnix(target.path);

  // No socket connects to port 0, and the runtime calls it a mistake of ours.
  if (target.port === 0) throw failure(target, "connect: connection refused");
  const host = target.host === "" ? "127.0.0.1" : target.host;
  const signal = AbortSignal.timeout(timeout);
  try {
    const connection = await Deno.connect({ hostname: host, port: target.port, signal });
    connection.setNoDelay();
    return connection;
  } catch (error) {
    if (signal.aborted) throw failure(target, "i/o timeout", error);
    throw isLookupFailure(error)
      ? new RpcError("dial", `dial tcp: lookup ${host}: no such host`, error)
      : failure(target, `connect: ${systemErrorText(error)}`, error);
  }
}

async function parse(address: string): Promise<RpcAddress> {
  try {
    return await parseRpcAddress(address);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new RpcError("dial", `dial tcp: ${error.message}`);
  }
}

async function dialUnix(path: string): Promise<Connection> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    throw failure({ transport: "unix", path }, `connect: ${systemErrorText(error)}`, error);
  }
}

function failure(target: RpcAddress, reason: string, cause?: unknown): RpcError {
  const shown = target.transport === "tcp" && target.host === "localhost"
    ? { ...target, host: "127.0.0.1" }
    : target;
  const text = `dial ${target.transport} ${formatRpcAddress(shown)}: ${reason}`;
  return new RpcError("dial", text, cause);
}

/** A name that does not resolve is the one failure that comes without a system code. */
function isLookupFailure(error: unknown): boolean {
  return error instanceof Error && error.message.includes("lookup address information");
}
