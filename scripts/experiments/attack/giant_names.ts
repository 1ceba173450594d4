/** Can members with names as long as a datagram make exchanges and joins impossible? */

import { writeAlive } from "../../../src/wire/claims.ts";
import type { Kind } from "../../lab/agents.ts";
import { type Measure, measured, toBeNone } from "../../lab/comparison.ts";
import { crowdState } from "../../lab/fakes/crowd.ts";
import { aliveClaim, many, message } from "../../lab/fakes/frames.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { flood } from "./flood.ts";
import { joinUntil } from "./honest.ts";
import { secondsUntilAlive, startVictims, strangers, Watch } from "./victims.ts";

const attack = "giant names, 72 MB";
const nameLength = 60_000;
const seconds = 5;

export const giantNames: Measure<Kind> = async (kind) => {
  await using victims = await startVictims(kind, 3);
  const honest = [...victims.agents];
  const [victim] = honest;
  using watch = await Watch.over(honest);
  const name = (n: number) => `${n}-`.padEnd(nameLength, "x");
  const frames = many(1200, (n) => message(writeAlive, aliveClaim(name(n), "127.66.4.1")));
  const rate = frames.length / seconds;
  const over = flood({ over: "udp", to: victim!.ip, from: strangers, frames, rate, seconds });
  const during = await joinUntil(over, victim!.ip, undefined, crowdState("127.66.4.2", 0));
  // A newcomer that the agents see and that sees them has exchanged with one of them.
  const newcomer = await victims.start();
  const isIn = await newcomer.client.join([victim!.gossip]).then(() => true, () => false);
  if (isIn) honest.push(newcomer);
  const value = await secondsUntilAlive(honest);
  const refused = during.filter((each) => each === Infinity).length;
  return [
    measured(`${attack}: alive everywhere after`, value, "s", valueAtMost(10)),
    toBeNone(`${attack}: joins that fail`, refused + (isIn ? 0 : 1)),
    ...watch.survival(attack),
  ];
};
