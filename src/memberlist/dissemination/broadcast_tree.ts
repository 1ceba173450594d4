/**
 * The tree along which one message is pushed eagerly: one packet for each member, in
 * ⌈log_k n⌉ + 1 steps (`src/docs/protocol/dissemination.md`).
 *
 * The live members, in the order of their names from a root that the message's checksum chooses,
 * are the places of a heap: place i sends to the k places from k·i + 1 on, and the origin to the
 * root, too. A silent member cuts off the part below it, which the backup round mends.
 */

import { crc32 } from "../../bytes/crc32.ts";

/** The neighbours of a place, as places from 0 to below the number of members. */
interface TreeNeighbours {
  readonly root: number;
  readonly parent: number | undefined;
  readonly children: readonly number[];
}

/** Returns the neighbours of `place` among `size` in the tree of a message. */
export function treeNeighbours(
  place: number,
  size: number,
  count: number,
  message: Uint8Array,
): TreeNeighbours {
  const root = crc32(message) % size;
  const at = (index: number) => (root + index) % size;
  const index = (place - root + size) % size;
  const first = count * index + 1;
  const children = Array.from({ length: Math.max(0, Math.min(count, size - first)) });
  return {
    root,
    parent: index === 0 ? undefined : at(Math.floor((index - 1) / count)),
    children: children.map((_, i) => at(first + i)),
  };
}
