/** Can members with names as long as a datagram make exchanges and joins impossible? */

import { writeAlive } from "../../../src/wire/claims.ts";
import { measured, toBeNone } from "../../lab/comparison.ts";
import { crowdState } from "../../lab/crowd.ts";
import { aliveClaim, many, message } from "../../lab/frames.ts";
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
import { going, join } from "./honest.ts";

const attack = "giant names, 72 MB";
const nameLength = 60_000;
const seconds = 5;

export const giantNames: Attack = async (kind) => {
  await using victims = await startVictims(kind, 3);
  const honest = [...victims.agents];
  const [victim] = honest;
  using watch = await Watch.over(honest);
  const frames = many(
    1200,
    (n) => message(writeAlive, aliveClaim(`${n}-`.padEnd(nameLength, "x"), "127.66.4.1")),
  );
  const order = { over: "udp", to: victim!.ip, from: strangers, frames } as const;
  const attacked = flood({ ...order, rate: frames.length / seconds, seconds });
  const during = await join(victim!.ip, undefined, crowdState("127.66.4.2", 0), going(attacked));
  // A newcomer that the agents see and that sees them has exchanged with one of them.
  const newcomer = await victims.cluster.start();
  const isIn = await newcomer.client.join([victim!.gossip]).then(() => true, () => false);
  if (isIn) honest.push(newcomer);
  const value = await secondsUntilAlive(honest);
  const refused = during.filter((each) => each === Infinity).length;
  return [
    measured(`${attack}: alive everywhere after`, value, "s", valueAtMost(10)),
    toBeNone(`${attack}: joins that fail`, refused + (isIn ? 0 : 1)),
    ...survival(attack, watch),
  ];
};
