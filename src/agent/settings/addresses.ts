/**
 * The addresses an agent binds to and advertises: read, resolved and checked
 * against the interface it was told to use (agent.md section 6).
 */

import type { LookUp } from "../../host/transport/resolver.ts";
import { type Address, defaultPort, formatIp, parseIp } from "../../ports/address.ts";
import { addContext } from "../../ports/error_context.ts";
import { AddressError, parseRpcAddress } from "../../rpc/address.ts";
import type { AgentConfig } from "./config.ts";
import { interfaceAddresses, isLinkLocal } from "./network_interface.ts";

/** Where an agent binds, and what it advertises if that differs. */
export interface AgentAddresses {
  /** The host is empty for every address of the machine. */
  readonly bind: Address;
  readonly advertise: Address | undefined;
  /** The interface's address, if it was chosen instead of "every address". */
  readonly chosenFromInterface: string | undefined;
}

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
  const bind = await resolve(config.bind, lookUp)
    .catch(addContext("Invalid bind address"));
  const chosen = config.interface === ""
    ? undefined
    : await addressOfInterface(config.interface, bind.host);
  const advertise = config.advertise === ""
    ? undefined
    : await resolve(config.advertise, lookUp).catch(addContext("Invalid advertise address"));
  return {
    bind: chosen === undefined ? bind : { host: chosen, port: bind.port },
    advertise,
    chosenFromInterface: chosen,
  };
}

/** Returns the interface's usable address if none was asked for, and checks it otherwise. */
async function addressOfInterface(name: string, bindHost: string): Promise<string | undefined> {
  const addresses = await interfaceAddresses(name)
    .catch(addContext("Failed to get interface addresses"));
  if (addresses.length === 0) throw new Error(`Interface '${name}' has no addresses`);

  if (bindHost !== "0.0.0.0") {
    if (addresses.includes(bindHost)) return undefined;
    throw new Error(`Interface '${name}' has no '${bindHost}' address`);
  }
  const usable = addresses.find((address) => !isLinkLocal(address));
  if (usable !== undefined) return usable;
  throw new Error(`Failed to find usable address for interface '${name}'`);
}

async function resolve(text: string, lookUp: LookUp): Promise<Address> {
  const { host, port } = await parse(text);
  if (host === "") return { host, port };
  const literal = parseIp(host);
  if (literal) return { host: formatIp(literal), port };
  const found = await lookUp(host);
  const best = found.find((ip) => !ip.includes(":")) ?? found[0];
  if (best === undefined) throw new Error(`lookup ${host}: no such host`);
  return { host: best, port };
}

/** Reads `host`, `host:port` or `[v6]:port`; the port defaults to 7946. */
async function parse(text: string): Promise<Address> {
  const parsed = await parseRpcAddress(text).catch((error: unknown) => {
    const lacksPort = error instanceof AddressError &&
      error.message.endsWith("missing port in address");
    if (!lacksPort) throw error;
    return parseRpcAddress(`${text}:${defaultPort}`);
  });
  return parsed.transport === "tcp" ? parsed : { host: text, port: defaultPort };
}
