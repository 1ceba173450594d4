/**
 * The fan-out graph of backup rounds (`src/docs/protocol/dissemination.md`).
 *
 * The live members, in the order of their names, form a generalised de Bruijn graph: place i sends
 * to the k places from k·i on, modulo their number n. From any origin every member is reached in
 * ⌈log_k n⌉ steps and receives k copies, where random peers give some many and a few none.
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
