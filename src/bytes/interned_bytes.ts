/**
 * Byte strings that come again and again (addresses, versions, metadata, claims): each is one
 * shared array, so that reading it again allocates nothing, and nodes in one process share a copy.
 *
 * The tables have a fixed size: full ones hold 512 KiB of short strings and 2 MiB of kept ones.
 */

import { emptyBytes } from "./empty_bytes.ts";
import { equalBytes } from "./equal_bytes.ts";
import { addToHash, slotCount, slotOf } from "./slot_hash.ts";

/** Short strings have at most this many bytes. */
const shortLength = 64;
/** Of longer strings hardly any two that are kept are the same. */
const keptLength = 256;

const shortStrings: Uint8Array[] = new Array(slotCount).fill(emptyBytes);
const keptStrings: Uint8Array[] = new Array(slotCount).fill(emptyBytes);

/**
 * Returns what `bytes` hold from `start` to `end`, to be read only: a shared copy
 * of a short string, a view of a long one.
 */
export function internBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (end - start > shortLength) return bytes.subarray(start, end);
  return shared(shortStrings, bytes, start, end);
}

/** Returns a copy of `bytes` to keep, to be read only; equal ones of at most 256 bytes share it. */
export function keepBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length > keptLength) return bytes.slice();
  return shared(keptStrings, bytes, 0, bytes.length);
}

function shared(table: Uint8Array[], bytes: Uint8Array, start: number, end: number): Uint8Array {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = addToHash(hash, bytes[i]!);
  const slot = slotOf(hash);
  const latest = table[slot]!;
  if (equalBytes(latest, bytes, start, end)) return latest;
  const earlier = table[slot + 1]!;
  if (equalBytes(earlier, bytes, start, end)) return earlier;
  table[slot + 1] = latest;
  return table[slot] = bytes.slice(start, end);
}
