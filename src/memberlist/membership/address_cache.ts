/**
 * One shared object per address of a member: nodes in one process keep one copy
 * between them, and an address that is met again need not be formatted again.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { equalBytes } from "../../bytes/equal_bytes.ts";
import { internBytes } from "../../bytes/interned_bytes.ts";
import { addToHash, slotCount, slotOf } from "../../bytes/slot_hash.ts";
import { type Address, addressFromBytes } from "../../ports/address.ts";

/** An address, as raw bytes and as text. Shared: to be read only. */
interface CachedAddress {
  readonly ip: Uint8Array;
  readonly address: Address;
}

const nowhere: CachedAddress = { ip: emptyBytes, address: { host: "", port: -1 } };
const cache: CachedAddress[] = new Array(slotCount).fill(nowhere);

/** No IP address has more bytes. */
const longestIp = 16;

export function cachedAddress(ip: Uint8Array, port: number): CachedAddress {
  if (ip.length > longestIp) return { ip: ip.slice(), address: addressFromBytes(ip, port) };
  let hash = port;
  for (let i = 0; i < ip.length; i++) hash = addToHash(hash, ip[i]!);
  const slot = slotOf(hash);
  const latest = cache[slot]!;
  if (isAt(latest, ip, port)) return latest;
  const earlier = cache[slot + 1]!;
  if (isAt(earlier, ip, port)) return earlier;
  const kept = internBytes(ip, 0, ip.length);
  cache[slot + 1] = latest;
  return cache[slot] = { ip: kept, address: addressFromBytes(kept, port) };
}

function isAt(known: CachedAddress, ip: Uint8Array, port: number): boolean {
  return known.address.port === port && equalBytes(known.ip, ip);
}
