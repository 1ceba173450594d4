/** The order in which Go sorts texts: by their bytes, not by their UTF-16 units. */

import { encodeText } from "../bytes/text.ts";

/** Compares two texts by their bytes; for `Array.prototype.sort`. */
export function compareBytes(left: string, right: string): number {
  const a = encodeText(left);
  const b = encodeText(right);
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Returns the entries of a map, sorted by key. */
export function sortedEntries<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([left], [right]) => compareBytes(left, right));
}
