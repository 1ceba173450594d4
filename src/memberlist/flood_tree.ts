/**
 * Whom to tell of one message at once: a tree over all members, another for each message.
 *
 * Telling each member once is the cheapest way to reach all, and where many members share
 * a machine or have little of one, the cheapest is the fastest. The live members, in the
 * order of their names from a root that the message names, are the places of a heap in
 * which place i tells the k places from k·i + 1 on. Whoever begins tells the root, too. So
 * ⌈log_k n⌉ + 1 steps are enough, and over many messages all have to tell equally much.
 *
 * One silent member, or one of another make, leaves its part of the tree without news.
 * That is repaired by telling others soon, whatever the tree says; see `flood_graph.ts`.
 */

import { crc32 } from "../bytes/crc32.ts";

/** The neighbours of a place, as places from 0 to below the number of members. */
export interface TreeNeighbours {
  readonly root: number;
  /** Undefined at the root itself. */
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
