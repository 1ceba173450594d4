/**
 * Opens a connection to an agent's RPC port; failures read as those of the
 * reference do, `dial tcp 127.0.0.1:7373: connect: connection refused`
 * (cli.md section 4).
 */

import { parseIp } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { AddressError, formatRpcAddress, parseRpcAddress, type RpcAddress } from "./address.ts";
import type { Connection } from "./connection.ts";
import { RpcError } from "./rpc_error.ts";
import { limitClock } from "./limit_clock.ts";
import { systemErrorText } from "../go/system_error.ts";

/** What an empty host means: this machine, in either family. */
const thisMachine: readonly string[] = ["127.0.0.1", "::1"];

type TcpAddress = Extract<RpcAddress, { readonly transport: "tcp" }>;

/** What to hold against the agent's certificate: PEM texts, one of which must vouch for it. */
export type Authorities = readonly string[];

/**
 * Connects to `host:port` or `unix:/path`; over TLS to a host if there are
 * authorities. A Unix socket stays on the machine and is private without.
 *
 * A host name that stands for several addresses is tried at one after the other.
 *
 * @throws {RpcError} of kind `dial` if that fails, or takes longer than `timeout`.
 */
export async function dial(
  address: string,
  timeout: Milliseconds,
  authorities?: Authorities,
): Promise<Connection> {
  const target = await parse(address);
  if (target.transport === "unix") return await dialUnix(target.path);
  // No socket connects to port 0, and the runtime calls it a mistake of ours.
  if (target.port === 0) throw failure(target, "connect: connection refused");

  const limit = new AbortController();
  const timer = limitClock.after(timeout, () => limit.abort());
  try {
    const connection = await dialTcp(target, limit.signal);
    if (!authorities) return connection;
    return await secure(connection, target, authorities, limit.signal);
  } finally {
    timer.cancel();
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

async function dialTcp(target: TcpAddress, signal: AbortSignal): Promise<Deno.TcpConn> {
  let first: RpcError | undefined;
  for (const hostname of await hostAddresses(target, signal)) {
    const shown = target.host === "" ? target : { ...target, host: hostname };
    try {
      const connection = await Deno.connect({ hostname, port: target.port, signal });
      connection.setNoDelay();
      return connection;
    } catch (error) {
      if (signal.aborted) throw failure(shown, "i/o timeout", error);
      first ??= failure(shown, `connect: ${systemErrorText(error)}`, error);
    }
  }
  throw first ?? lookupFailure(target.host, "no such host");
}

/** Puts TLS on a connection: the agent must have a certificate for the host that was asked for. */
async function secure(
  connection: Deno.TcpConn,
  target: TcpAddress,
  authorities: Authorities,
  signal: AbortSignal,
): Promise<Connection> {
  const hostname = target.host === "" ? connection.remoteAddr.hostname : target.host;
  const secured = await Deno.startTls(connection, { hostname, caCerts: [...authorities] });
  const giveUp = () => secured.close();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    await secured.handshake();
    return secured;
  } catch (error) {
    if (signal.aborted) throw failure(target, "tls: i/o timeout", error);
    secured.close();
    throw failure(target, `tls: ${tlsErrorText(error)}`, error);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function tlsErrorText(error: unknown): string {
  const text = systemErrorText(error);
  // What hangs up at a greeting in TLS, or answers something else, knows none.
  const knowsTls = text.includes("certificate");
  return knowsTls ? text : `${text} (does the agent have rpc_tls_cert?)`;
}

/** The addresses of a host; one that is an address already needs no looking up. */
async function hostAddresses(
  { host }: TcpAddress,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (host === "") return thisMachine;
  if (parseIp(host)) return [host];

  // Loaded only for names, since short commands mostly go to an address.
  const { lookup } = await import("node:dns/promises");
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(lookupFailure(host, "i/o timeout")), {
    once: true,
  });
  const found = lookup(host, { all: true }).catch((error: unknown) => {
    throw lookupFailure(host, systemErrorText(error), error);
  });
  return (await Promise.race([found, timeUp])).map(({ address }) => address);
}

async function dialUnix(path: string): Promise<Connection> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    throw failure({ transport: "unix", path }, `connect: ${systemErrorText(error)}`, error);
  }
}

function failure(target: RpcAddress, reason: string, cause?: unknown): RpcError {
  const text = `dial ${target.transport} ${formatRpcAddress(target)}: ${reason}`;
  return new RpcError("dial", text, cause);
}

function lookupFailure(host: string, reason: string, cause?: unknown): RpcError {
  return new RpcError("dial", `dial tcp: lookup ${host}: ${reason}`, cause);
}
