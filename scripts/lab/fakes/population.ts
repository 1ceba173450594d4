/** Members that do not exist, and the push/pull message that tells of them all. */

import { writePushPull } from "../../../src/serf/push_pull_message.ts";
import { encodeTags } from "../../../src/serf/tags.ts";
import { type NodeState, writeFullState } from "../../../src/wire/full_state.ts";
import { gossipPort } from "./fake_member.ts";
import { message, versions } from "./frames.ts";

/** What a peer knows of `count` members at addresses without listeners; odd ones have other tags. */
export function population(count: number, incarnation = 1): NodeState[] {
  return Array.from({ length: count }, (_, index) => ({
    name: nameOf(index),
    ip: Uint8Array.of(127, 76, 100 + (index >> 8), index & 0xff),
    port: gossipPort,
    incarnation,
    meta: encodeTags({
      role: index % 2 === 0 ? "web" : "database",
      rack: `r${index % 40}`,
      id: `i-${(index * 2654435761 >>> 0).toString(16)}`,
    }, 4),
    state: "alive",
    versions,
  }));
}

export function nameOf(index: number): string {
  return `node-${String(index).padStart(5, "0")}.example`;
}

/** Returns the push/pull message, type byte included, that tells of `nodes`. */
export function fullState(nodes: readonly NodeState[], joining: boolean): Uint8Array {
  const userState = message(writePushPull, {
    memberTime: 100,
    eventTime: 1,
    queryTime: 1,
    statusTimes: new Map(nodes.map(({ name }, index) => [name, 1 + index % 90])),
    leftMembers: [],
    eventSlots: new Array(512).fill(undefined),
  });
  return message(writeFullState, { joining, nodes, userState });
}
