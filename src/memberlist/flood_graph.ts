/**
 * Whom to tell so that all hear equally often: everybody tells a different few.
 *
 * Random peers are often told what they know, and by chance some are told by
 * nobody. Here the live members, in the order of their names, form a generalised
 * de Bruijn graph: place i tells the k places from k·i on, modulo their number
 * n. Whoever begins, every member is reached in ⌈log_k n⌉ steps, and each is
 * told exactly k times, so that a lost packet or a silent member does no harm.
 * Members that disagree about who is there, and members of another make, only
 * lose some of that; further rounds to random peers fill the gaps.
 */

/**
 * Returns the places, from 0 to below `size`, that the one at `place` tells: up to `count`.
 *
 * @param skip how many places were told already. Also with those that follow, each member
 * is told equally often.
 */
export function hearers(place: number, size: number, count: number, skip = 0): number[] {
  const places = Array.from(
    { length: Math.min(count, size) },
    (_, i) => (count * place + skip + i) % size,
  );
  return places.filter((other) => other !== place);
}
