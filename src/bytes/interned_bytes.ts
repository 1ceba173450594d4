/**
 * Short byte strings that come again and again (addresses, versions, metadata):
 * each is one shared array, so that reading one anew allocates nothing.
 *
 * The table has a fixed size, and one slot for each hash: strings that collide
 * take each other's place, which costs a copy and nothing else.
 */

/** Strings of at most this many bytes are interned. */
const internedLength = 64;
/** Slots of the table; a power of two. A full table holds 128 KiB of bytes. */
const internSlots = 2048;

const none = new Uint8Array(0);
const interned: Uint8Array[] = new Array(internSlots).fill(none);

/**
 * Returns what `bytes` hold from `start` to `end`, to be read only: a shared copy
 * of a short string, a view of a long one.
 */
export function internBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length > internedLength) return bytes.subarray(start, end);

  let hash = length;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  const slot = (hash ^ (hash >>> 12)) & (internSlots - 1);
  const known = interned[slot]!;
  if (isSame(known, bytes, start, length)) return known;
  return interned[slot] = bytes.slice(start, end);
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
