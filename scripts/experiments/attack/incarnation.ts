/**
 * Can one packet take a member out of its cluster for good?
 *
 * Claims with the greatest incarnation that the wire has: one member is suspected, one declared
 * dead, one introduced anew.
 */

import { writeAlive, writeDead, writeSuspect } from "../../../src/wire/claims.ts";
import type { Kind } from "../../lab/agents.ts";
import { type Measure, measured, type Measurement } from "../../lab/comparison.ts";
import { aliveClaim, lastIncarnation, message } from "../../lab/fakes/frames.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { flood } from "./flood.ts";
import { secondsUntilAlive, startVictims, strangers, Watch } from "./victims.ts";

const claims: Readonly<Record<string, (node: string, ip: string) => Uint8Array>> = {
  suspect: (node) => message(writeSuspect, { node, incarnation: lastIncarnation, from: "nobody" }),
  dead: (node) => message(writeDead, { node, incarnation: lastIncarnation, from: "nobody" }),
  alive: (node, ip) => message(writeAlive, aliveClaim(node, ip, { incarnation: lastIncarnation })),
};

export const incarnation: Measure<Kind> = async (kind, isShort) => {
  const results: Measurement[] = [];
  for (const claim of isShort ? ["suspect"] : Object.keys(claims)) {
    const attack = `${claim} with incarnation 2^32-1`;
    await using victims = await startVictims(kind, 3);
    const { agents } = victims;
    using watch = await Watch.over(agents);
    const frames = [claims[claim]!(agents[1]!.name, agents[1]!.ip)];
    const order = { over: "udp", from: strangers, frames, rate: 2, seconds: 5 } as const;
    await Promise.all(agents.map(({ ip }) => flood({ ...order, to: ip })));
    const value = await secondsUntilAlive(agents);
    results.push(
      measured(`${attack}: alive everywhere after`, value, "s", valueAtMost(10)),
      ...watch.survival(attack),
    );
  }
  return results;
};
