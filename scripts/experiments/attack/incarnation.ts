/**
 * Can one packet take a member out of its cluster for good?
 *
 * Claims with the greatest incarnation that the wire has: one member is suspected, one declared
 * dead, one introduced anew.
 */

import { writeAlive, writeDead, writeSuspect } from "../../../src/wire/claims.ts";
import { measured, type Measurement } from "../../lab/comparison.ts";
import { aliveClaim, lastIncarnation, message } from "../../lab/frames.ts";
import { valueAtMost } from "../../lab/goal.ts";
import {
  type Attack,
  secondsUntilAlive,
  startVictims,
  strangers,
  survival,
  Watch,
} from "./attack.ts";
import { flood } from "./flood.ts";

const from = "nobody";
const claims = ["suspect", "dead", "alive"] as const;

export const incarnation: Attack = async (kind, isShort) => {
  const results: Measurement[] = [];
  for (const claim of isShort ? ["suspect"] as const : claims) {
    const attack = `${claim} with incarnation 2^32-1`;
    await using victims = await startVictims(kind, 3);
    const { agents } = victims;
    using watch = await Watch.over(agents);
    const { name: node, ip } = agents[1]!;
    const doubt = { node, incarnation: lastIncarnation, from };
    const frames = {
      suspect: message(writeSuspect, doubt),
      dead: message(writeDead, doubt),
      alive: message(writeAlive, aliveClaim(node, ip, { incarnation: lastIncarnation })),
    };
    const order = { over: "udp", from: strangers, frames: [frames[claim]] } as const;
    await Promise.all(agents.map(({ ip }) => flood({ ...order, to: ip, rate: 2, seconds: 5 })));
    const value = await secondsUntilAlive(agents);
    results.push(
      measured(`${attack}: alive everywhere after`, value, "s", valueAtMost(10)),
      ...survival(attack, watch),
    );
  }
  return results;
};
