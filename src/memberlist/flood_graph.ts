/**
 * Whom to tell first: everybody tells a different few, and all hear in few steps.
 *
 * Random peers are often told what they know. Here the live members, in the
 * order of their names, form a generalised de Bruijn graph: place i tells the k
 * places from k·i + c on, modulo their number n. Whoever begins, every member is
 * reached in ⌈log_k n⌉ steps, and each is told exactly k times over, so that one
 * lost packet or silent member does no harm. The message picks c, so that each
 * takes other paths. Members that disagree about who is there, and members of
 * another make, only lose some of that; repeated rounds to random peers fill the
 * gaps.
 */

import { crc32 } from "../bytes/crc32.ts";

/** Returns the places, 0 to `size`, that the one at `place` tells of `message`: up to `count`. */
export function firstHearers(
  place: number,
  size: number,
  message: Uint8Array,
  count: number,
): number[] {
  const first = count * place + crc32(message) % size;
  const places = Array.from({ length: Math.min(count, size) }, (_, i) => (first + i) % size);
  return places.filter((other) => other !== place);
}
