/** Can queries with costly filters keep a whole cluster busy? 50 kB a second, to one of three. */

import { encodeFilters } from "../../../src/serf/queries/query_filter.ts";
import type { Kind } from "../../lab/agents.ts";
import { type Measure, measured, type Measurement } from "../../lab/comparison.ts";
import { many, queryPacket } from "../../lab/fakes/frames.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { flood } from "./flood.ts";
import { startVictims, strangers, Watch } from "./victims.ts";

const bytesPerSecond = 50_000;
/** Expressions that are short to write and long to run. */
const expressions: Readonly<Record<string, string>> = {
  "filters that gossip on": "\\pL".repeat(380),
  "filters that fill a datagram": `(?i)${"\\pL".repeat(1300)}`,
  "filters of nested repetitions": "(?i)((a{0,30}){0,30}\\pL){0,9}x",
};

export const filters: Measure<Kind> = async (kind, isShort) => {
  const seconds = isShort ? 3 : 10;
  const results: Measurement[] = [];
  await using victims = await startVictims(kind, 3, { args: ["-tag=role=web"] });
  let sent = 0;
  for (const [attack, expression] of Object.entries(expressions)) {
    const filters = encodeFilters([], new Map([["role", expression]]));
    const frame = (n: number) => queryPacket({ ltime: 10 + n, id: n, filters });
    const rate = bytesPerSecond / frame(0).length;
    const frames = many(Math.ceil(rate * seconds) + 1, () => frame(sent++));
    using watch = await Watch.over(victims.agents);
    const to = victims.agents[0]!.ip;
    await flood({ over: "udp", to, from: strangers, frames, rate, seconds });
    const share = await watch.share();
    results.push(
      measured(`${attack}: share of a core`, share, "%", valueAtMost(15)),
      ...watch.survival(attack),
    );
  }
  return results;
};
