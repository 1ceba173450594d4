/**
 * Where a string stands in a table of recent strings, which has two slots for each hash: of strings
 * that collide, the latest two have a place, and losing it costs a copy.
 */

const slotBits = 13;

/** Slots of a table: enough for the names and addresses of a few thousand members. */
export const slotCount = 1 << slotBits;

/** Takes one byte into a hash, which begins with the length of the string. */
export function addToHash(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x9e3779b1);
}

/** Returns the first of the two slots that a hash stands for. */
export function slotOf(hash: number): number {
  return (Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> (33 - slotBits)) << 1;
}
