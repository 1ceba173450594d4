/**
 * The addresses an agent binds to and advertises: read, resolved and checked
 * against the interface it was told to use (agent.md section 6).
 */

import { defaultPort, formatAddress, formatIp, parseIp } from "../../ports/address.ts";
import { AddressError, parseRpcAddress } from "../../rpc/address.ts";
import type { AgentConfig } from "./config.ts";
import { interfaceAddresses, isLinkLocal } from "./network_interface.ts";
import { messageOf } from "./settings.ts";

/** A resolved address: an IP literal, or an empty host for every address of the machine. */
export interface ResolvedAddress {
  readonly host: string;
  readonly port: number;
}

/** Where an agent binds, and what it advertises if that differs. */
export interface AgentAddresses {
  readonly bind: ResolvedAddress;
  readonly advertise: ResolvedAddress | undefined;
  /** The interface's address, if it was chosen instead of "every address". */
  readonly chosenFromInterface: string | undefined;
}

/** Turns a host name into IP literals; rejects with `lookup NAME: no such host` and the like. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/**
 * Resolves what the configuration says.
 *
 * @throws {Error} `Invalid bind address: …`, `Interface 'X' has no addresses`, `Invalid
 * advertise address: …` and the like.
 */
export async function resolveAddresses(
  config: Pick<AgentConfig, "bind" | "advertise" | "interface">,
  lookUp: LookUp,
): Promise<AgentAddresses> {
  const bind = await resolve(config.bind, "Invalid bind address", lookUp);
  const chosen = config.interface === ""
    ? undefined
    : await addressOfInterface(config.interface, bind.host);
  const advertise = config.advertise === ""
    ? undefined
    : await resolve(config.advertise, "Invalid advertise address", lookUp);
  return {
    bind: chosen === undefined ? bind : { host: chosen, port: bind.port },
    advertise,
    chosenFromInterface: chosen,
  };
}

/** Prints `host:port`, with IPv6 in brackets and an empty host as nothing. */
export function formatResolved(address: ResolvedAddress): string {
  return formatAddress(address);
}

/** Returns the interface's usable address if none was asked for, and checks it otherwise. */
async function addressOfInterface(name: string, bindHost: string): Promise<string | undefined> {
  let addresses: string[];
  try {
    addresses = await interfaceAddresses(name);
  } catch (error) {
    throw new Error(`Failed to get interface addresses: ${messageOf(error)}`);
  }
  if (addresses.length === 0) throw new Error(`Interface '${name}' has no addresses`);

  if (bindHost !== "0.0.0.0") {
    if (addresses.includes(bindHost)) return undefined;
    throw new Error(`Interface '${name}' has no '${bindHost}' address`);
  }
  const usable = addresses.find((address) => !isLinkLocal(address));
  if (usable !== undefined) return usable;
  throw new Error(`Failed to find usable address for interface '${name}'`);
}

async function resolve(text: string, prefix: string, lookUp: LookUp): Promise<ResolvedAddress> {
  try {
    const { host, port } = await parse(text);
    if (host === "") return { host, port };
    const literal = parseIp(host);
    if (literal) return { host: formatIp(literal), port };
    const found = await lookUp(host);
    const best = found.find((ip) => !ip.includes(":")) ?? found[0];
    if (best === undefined) throw new Error(`lookup ${host}: no such host`);
    return { host: best, port };
  } catch (error) {
    throw new Error(`${prefix}: ${messageOf(error)}`);
  }
}

/** Reads `host`, `host:port` or `[v6]:port`; the port defaults to 7946. */
async function parse(text: string): Promise<ResolvedAddress> {
  try {
    const parsed = await parseRpcAddress(text);
    return parsed.transport === "tcp" ? parsed : { host: text, port: defaultPort };
  } catch (error) {
    const lacksPort = error instanceof AddressError &&
      error.message.endsWith("missing port in address");
    if (!lacksPort) throw error;
    const parsed = await parseRpcAddress(`${text}:${defaultPort}`);
    return parsed.transport === "tcp" ? parsed : { host: text, port: defaultPort };
  }
}
