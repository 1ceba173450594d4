/**
 * The numbers by which a member outbids claims of others about it.
 *
 * They are serial numbers, compared by how far one is ahead of the other, modulo 2^32. So there is
 * no highest one that a forger could use.
 *
 * Parity: the reference compares plainly, which differs only after forged claims.
 */

/**
 * Two numbers further apart than this are of different counts: neither is newer.
 *
 * A member counts its starts, its changes of tags and its refutations. One a second
 * takes half a year to get this far.
 */
export const maxIncarnationLead = 2 ** 24;

/** How far `claimed` is ahead of `known`; below 0 if it is behind. */
export function leadOf(claimed: number, known: number): number {
  return (claimed - known) | 0;
}

/** Whether numbers with this lead are of one count, so that the higher is newer. */
export function isOneCount(lead: number): boolean {
  return Math.abs(lead) <= maxIncarnationLead;
}

export function incarnationAfter(incarnation: number): number {
  return (incarnation + 1) >>> 0;
}
