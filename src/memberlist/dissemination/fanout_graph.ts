/**
 * The fan-out graph of backup rounds: every member sends to a different few.
 *
 * Peers chosen at random receive many duplicates, and by chance a few receive
 * nothing. Here the live members, in the order of their names, form a generalised
 * de Bruijn graph: place i sends to the k places from k·i on, modulo their number
 * n. From any origin, every member is reached in ⌈log_k n⌉ steps and receives
 * exactly k copies, so that one lost packet or silent member does no harm. Where
 * members disagree about who is live, or are of another make, less is certain;
 * repair rounds to random peers fill the gaps.
 */

/**
 * Returns the places that the one at `place` sends to: up to `count`, from 0 to `size` - 1.
 *
 * @param skip how many places of the graph were used before. Those that follow keep the
 * rule that every member receives equally many copies.
 */
export function fanout(place: number, size: number, count: number, skip = 0): number[] {
  const places = Array.from(
    { length: Math.min(count, size) },
    (_, i) => (count * place + skip + i) % size,
  );
  return places.filter((other) => other !== place);
}
