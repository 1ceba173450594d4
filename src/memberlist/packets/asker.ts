/** The receiver of an answer. */

import type { Address } from "../../ports/address.ts";
import type { Ping } from "../../wire/pings.ts";
import { cachedAddress } from "../membership/address_cache.ts";

/** The member that asked: its address, and the name that it goes by. */
export interface Asker {
  readonly name: string;
  readonly address: Address;
}

/** Returns the advertised source of a ping, or else the address that the packet came from. */
export function askerOf(ping: Ping, from: Address): Asker {
  const address = ping.sourceIp?.length && ping.sourcePort > 0
    ? cachedAddress(ping.sourceIp, ping.sourcePort).address
    : from;
  return { name: ping.sourceNode, address };
}
