/** Many agents that join one at the same moment. */

import { AgentCluster } from "../../lab/cluster.ts";
import { measured, toBeNone } from "../../lab/comparison.ts";
import { ratioAtMost } from "../../lab/goal.ts";
import { greatest, median } from "../../lab/statistics.ts";
import { delay } from "../../lab/waiting.ts";
import type { Measure } from "./scale.ts";

/** A join that takes longer had gaps, which only the next full exchange has filled. */
const slow = 5000;

/** Measures how long it takes until everybody lists everybody. */
export const join: Measure = async (subject, { joins, joining }) => {
  const times: number[] = [];
  for (let i = 0; i < joins; i++) {
    await using cluster = new AgentCluster(subject);
    await cluster.startMany(joining);
    await delay(1000);
    times.push(await cluster.joinAll());
  }
  const what = `join of ${joining}, until all agree`;
  return [
    measured(`${what}, p50`, median(times), "ms", ratioAtMost(1 / 5)),
    measured(`${what}, longest`, greatest(times), "ms"),
    toBeNone(
      `${what}: over ${slow / 1000} s, of ${joins}`,
      times.filter((time) => time > slow).length,
    ),
  ];
};
